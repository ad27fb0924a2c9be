import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { WriterAbandoned, type Bus, type OutgoingMessage } from '#libs/bus';
import { readRequest, requestMessage, type RefundRequested } from '#libs/contracts';
import { busLog, openBus } from '../bus.ts';
import { CommandFailure } from '../failure.ts';
import { watchResult, type RefundResult } from '../result-watch.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

interface RequestOptions {
  readonly payment: string;
  readonly provider: string;
  readonly currency: string;
  readonly amount?: string;
  readonly refundId: string;
  readonly account?: string;
  readonly reason?: string;
  readonly requestedBy?: string;
  readonly orderId?: string;
  readonly expectedRemaining?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly wait?: number | true;
  readonly unchecked?: boolean;
}

const WAIT_DEFAULT_S = 30;
/** The bus itself would wait for ever; a person at a terminal does not. */
const SEND_TIMEOUT_MS = 15_000;

export function addRefundRequest(refund: Command, terminal: Terminal): void {
  refund
    .command('request')
    .requiredOption('--payment <id>', "the provider's payment")
    .requiredOption('--currency <code>', 'ISO 4217, the currency of the payment')
    .option('--provider <name>', 'razorpay, braintree or robokassa', 'razorpay')
    .option('--amount <decimal>', 'major units, for example 10.50; everything that is left without it')
    .option('--refund-id <id>', 'idempotency key; the same one never refunds twice (default: a new one)')
    .option('--account <name>', "the provider's default account without it")
    .option('--reason <text>', 'free text, goes back out on every event')
    .option('--requested-by <name>', 'who asked')
    .option('--order-id <id>', "the caller's order")
    .option('--expected-remaining <decimal>', 'what should be left of the payment; a mismatch is rejected')
    .option('--metadata <key=value>', 'goes back out on every event; may be repeated', pair)
    .option('--options <json>', "the provider's own options, a JSON object", jsonObject)
    .option('--wait [seconds]', `print the result; give up after ${String(WAIT_DEFAULT_S)} s`, seconds)
    .option('--unchecked', 'send it even if it will be rejected')
    .description('ask for a refund through the bus, as an order service does')
    .addHelpText(
      'after',
      '\nExit code: 0 sent (with --wait: completed), 1 not sent or no result in time, 2 not acceptable (with --wait: failed).',
    )
    .action(async (options: Omit<RequestOptions, 'refundId'> & { readonly refundId?: string }) => {
      const refundId = options.refundId ?? `rf_${randomUUIDv7().replaceAll('-', '')}`;
      await request(terminal, { ...options, refundId });
    });
}

async function request(terminal: Terminal, options: RequestOptions): Promise<void> {
  const config = readSettings(terminal);
  const message = toMessage(options, config.topics.requested);
  if (options.unchecked !== true) check(message, config.limits.payloadBytesMax);
  const open = await openBus(config, busLog(terminal));
  try {
    if (options.wait === undefined) {
      await send(open.bus, message, options.refundId);
      terminal.out(line(JSON.stringify({ sent: options.refundId })));
      return;
    }
    const waitS = options.wait === true ? WAIT_DEFAULT_S : options.wait;
    const watch = await watchResult(open.bus, config.topics.results, options.refundId);
    try {
      await send(open.bus, message, options.refundId);
      terminal.err(line(`sent ${options.refundId}; waiting for its result`));
      const result = await Promise.race([watch.result, sleep(waitS * 1000, null, { ref: false })]);
      conclude(terminal, options.refundId, result, waitS);
    } finally {
      await watch.stop();
    }
  } finally {
    await open.close();
  }
}

function conclude(terminal: Terminal, refundId: string, result: RefundResult | null, waitS: number): void {
  if (result === null) {
    throw new CommandFailure('NO_RESULT_YET', {
      happened: `no result of ${refundId} was published within ${String(waitS)} s`,
      notDone: 'the request is sent and stays valid; only the waiting ended',
      next: `\`refundctl refund show ${refundId}\` says how it stands; if it is not found, is a processor running on this bus?`,
    });
  }
  terminal.out(line(JSON.stringify({ type: result.type, ...result.body })));
  if (result.type !== 'RefundCompleted') {
    throw new CommandFailure(
      'REFUND_FAILED',
      {
        happened: `${refundId} ended with ${result.type}`,
        notDone: 'no money was given back',
        next: 'its failure above says who can act, and whether it may be requested again under another refundId',
      },
      2,
    );
  }
}

function toMessage(options: RequestOptions, topic: string): OutgoingMessage {
  const request: RefundRequested = {
    refundId: options.refundId,
    provider: options.provider,
    paymentId: options.payment,
    currency: options.currency,
    ...(options.account === undefined ? {} : { account: options.account }),
    ...(options.amount === undefined ? {} : { amount: options.amount }),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.requestedBy === undefined ? {} : { requestedBy: options.requestedBy }),
    ...(options.orderId === undefined ? {} : { orderId: options.orderId }),
    ...(options.expectedRemaining === undefined ? {} : { expectedRemaining: options.expectedRemaining }),
    ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
    ...(options.options === undefined ? {} : { providerOptions: options.options }),
  };
  const envelope = { ceId: randomUUIDv7(), ceSource: '/refundctl', time: new Date().toISOString(), topic };
  return requestMessage(request, envelope);
}

/** The same reading as intake's, so that what it would refuse is told before it is sent. */
function check(message: OutgoingMessage, payloadBytesMax: number): void {
  const incoming = readRequest(message, { payloadBytesMax });
  const problems =
    incoming.kind === 'deadLetter'
      ? [`${incoming.code}: ${incoming.message}`]
      : incoming.request.rejections.map(({ code, message: text }) => `${code}: ${text}`);
  if (problems.length === 0) return;
  throw new CommandFailure(
    'REQUEST_NOT_ACCEPTABLE',
    {
      happened: `the request would be refused: ${problems.join('; ')}`,
      notDone: 'nothing was sent',
      next: 'correct it, or send it as it is with --unchecked',
    },
    2,
  );
}

async function send(bus: Bus, message: OutgoingMessage, refundId: string): Promise<void> {
  const writer = await bus.writer();
  try {
    await writer.send([message], AbortSignal.timeout(SEND_TIMEOUT_MS));
  } catch (error) {
    if (!(error instanceof WriterAbandoned)) throw error;
    throw new CommandFailure('SEND_NOT_ACKNOWLEDGED', {
      happened: `the bus did not acknowledge the request within ${String(SEND_TIMEOUT_MS / 1000)} s`,
      notDone: 'it is not known whether the request arrived',
      next: `check KAFKA_BROKERS and the brokers, then send it again with --refund-id ${refundId}: the same one never refunds twice`,
    });
  } finally {
    await writer.close();
  }
}

function pair(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as key=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError('It must be a JSON object.');
  }
  return { ...value };
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > 86_400) {
    throw new InvalidArgumentError('A number of seconds up to 86400.');
  }
  return value;
}
