import { createHttpEdge, type HttpEdge } from '../http/edge.ts';
import type {
  PaymentAnswer,
  PaymentReading,
  PreparedAttempt,
  ProbeAnswer,
  ProviderAccount,
  ProviderModule,
  RefundTask,
  StoredAttempt,
} from '../ports.ts';
import type { RefundSubmitter } from '../submit/port.ts';
import type { ProviderUnderTest } from './provider-under-test.ts';
import { SandboxAdmin } from './sandbox-admin.ts';

/** Long enough for a busy machine; no case waits for it. */
const PATIENT_MS = 15_000;

/** Deadline of the cases that want it to pass. */
export const HASTY_MS = 1000;

interface CallOptions {
  readonly account?: ProviderAccount;
  readonly signal?: AbortSignal;
  /** With the short deadline. */
  readonly hasty?: boolean;
}

type Ports = { readonly module: ProviderModule; readonly submitter: RefundSubmitter };

/** The provider under test at a running sandbox. Everything its ports give is also kept as text, for the case that looks for secrets. */
export class Harness {
  readonly subject: ProviderUnderTest;
  readonly admin: SandboxAdmin;
  readonly account: ProviderAccount;
  readonly patient: Ports;
  readonly kept: string[] = [];
  readonly #hasty: Ports;
  readonly #edge: HttpEdge;
  readonly #sandbox: { readonly url: string; close(): Promise<void> };
  #refunds = 0;

  private constructor(subject: ProviderUnderTest, sandbox: { readonly url: string; close(): Promise<void> }) {
    this.subject = subject;
    this.#sandbox = sandbox;
    this.#edge = createHttpEdge();
    this.admin = new SandboxAdmin(sandbox.url, subject.name);
    this.account = subject.account(sandbox.url);
    this.patient = subject.create({ edge: this.#edge, callTimeoutMs: PATIENT_MS });
    this.#hasty = subject.create({ edge: this.#edge, callTimeoutMs: HASTY_MS });
  }

  static async start(subject: ProviderUnderTest): Promise<Harness> {
    return new Harness(subject, await subject.startSandbox());
  }

  async close(): Promise<void> {
    this.#edge.close();
    await this.#sandbox.close();
  }

  get sandboxUrl(): string {
    return this.#sandbox.url;
  }

  async payment(amount = '500.00', fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const { currency, paymentFields } = this.subject;
    return await this.admin.newPayment({ amount, currency, ...paymentFields, ...fields });
  }

  /** The first attempt of a new refund, as the store would keep it. `ownText` is what the caller calls the refund, where it may. */
  async attempt(
    paymentId: string,
    amount: string,
    ownText: string | null = null,
    isRead = this.subject.preparesFromReading === true,
  ): Promise<StoredAttempt> {
    const reading = isRead ? await this.reading(paymentId) : null;
    const task = this.task(paymentId, amount, { ownText, reading });
    const prepared = this.prepare(task, 1, reading);
    return {
      ...prepared,
      refundId: task.refundId,
      attemptNo: 1,
      paymentId,
      amount,
      currency: task.currency,
      armedAtMs: Date.now(),
      providerRefundId: null,
      handle: null,
      references: [prepared.reference],
      alone: true,
    };
  }

  /** A new refund as the request asks for it, planned as a void where the reading allows one and all of it is asked for. */
  task(
    paymentId: string,
    amount: string,
    known: { readonly ownText?: string | null; readonly reading?: PaymentReading | null } = {},
  ): RefundTask {
    const { ownText = null, reading = null } = known;
    const isVoid = reading?.voidable === true && reading.captured.eq(amount);
    this.#refunds += 1;
    return {
      refundId: `rf_${String(this.#refunds).padStart(4, '0')}`,
      paymentId,
      amount,
      currency: this.subject.currency,
      orderId: ownText,
      reason: null,
      metadata: {},
      options: ownText === null ? {} : (this.subject.ownReference?.(ownText) ?? {}),
      action: isVoid ? 'void' : 'refund',
      paymentHandle: reading?.handle ?? null,
      alone: true,
    };
  }

  /** An attempt that the module must not refuse. */
  prepare(task: RefundTask, attemptNo: number, reading: PaymentReading | null): PreparedAttempt {
    const prepared = this.patient.submitter.prepare(this.account, task, reading, attemptNo, null);
    if ('refused' in prepared) throw new Error(prepared.refused.message);
    return prepared;
  }

  async submit(attempt: StoredAttempt, options: CallOptions = {}) {
    const { submitter } = options.hasty === true ? this.#hasty : this.patient;
    const answer = await submitter.submit(options.account ?? this.account, attempt, signalOf(options));
    this.#keep(answer);
    return answer.outcome;
  }

  async lookUp(attempt: StoredAttempt, options: CallOptions = {}) {
    const { module } = options.hasty === true ? this.#hasty : this.patient;
    const answer = await module.reader.lookUp(options.account ?? this.account, attempt, signalOf(options));
    this.#keep(answer);
    return answer.result;
  }

  async readPayment(paymentId: string, options: CallOptions = {}): Promise<PaymentAnswer> {
    const { module } = options.hasty === true ? this.#hasty : this.patient;
    const answer = await module.reader.readPayment(
      options.account ?? this.account,
      { paymentId },
      signalOf(options),
    );
    this.#keep(answer);
    return answer;
  }

  async probe(account = this.account): Promise<ProbeAnswer['kind']> {
    const answer = await this.patient.module.reader.probe(account, new AbortController().signal);
    this.#keep(answer);
    return answer.kind;
  }

  /** The reading of a payment that the provider shows. */
  async reading(paymentId: string): Promise<PaymentReading> {
    const answer = await this.readPayment(paymentId);
    if (answer.kind !== 'read') throw new Error(`payment ${paymentId} is not read: ${answer.text}`);
    return answer.reading;
  }

  /** Calls of one kind that the provider has seen since the last reset. */
  async callsSeen(operation: 'create' | 'lookup' | 'payment'): Promise<number> {
    return (await this.admin.requests()).filter((request) => request.operation === operation).length;
  }

  #keep(answer: unknown): void {
    this.kept.push(JSON.stringify(answer));
  }
}

/** The provider's id in an outcome that has one. */
export function idIn(outcome: object): string {
  const id = 'providerRefundId' in outcome ? outcome.providerRefundId : null;
  if (typeof id !== 'string') throw new Error(`no provider refund in ${JSON.stringify(outcome)}`);
  return id;
}

/** The same refund by the name that the sandbox knows: the secret handle where the provider's id is only its hash. */
export function sandboxIdIn(outcome: object): string {
  return handleIn(outcome) ?? idIn(outcome);
}

/** The attempt as the store keeps it once the provider named its refund. */
export function withIdOf(
  attempt: StoredAttempt,
  outcome: object,
): StoredAttempt & { providerRefundId: string } {
  return { ...attempt, providerRefundId: idIn(outcome), handle: handleIn(outcome) };
}

export function handleIn(outcome: object): string | null {
  const handle = 'handle' in outcome ? outcome.handle : null;
  return typeof handle === 'string' ? handle : null;
}

/** Waits for a condition; the time limit only ends a case that has failed. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  isRight: (value: Value) => boolean,
  limitMs = 10_000,
): Promise<Value> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const value = await ask();
    if (isRight(value)) return value;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(value)}`);
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

function signalOf(options: CallOptions): AbortSignal {
  return options.signal ?? new AbortController().signal;
}
