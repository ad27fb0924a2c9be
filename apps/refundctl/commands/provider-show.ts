import type { Command } from 'commander';
import type { Config } from '#libs/config';
import type { RefundDesk } from '#libs/provider-kit';
import { ReportStore } from '#libs/store';
import { withStore } from '../database.ts';
import { refuseFaults, withDesk, type OpenDesk } from '../desk/open-desk.ts';
import { refundDetails, refundJson } from '../desk/render.ts';
import { failureOf } from '../desk/trouble.ts';
import { CommandFailure } from '../failure.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

interface ShowOptions {
  readonly payment?: string;
  readonly refund?: string;
  readonly account?: string;
  readonly json?: boolean;
}

/** Which refund, by the names that the provider knows. */
interface Wanted {
  readonly providerRefundId: string;
  readonly paymentId: string | null;
  readonly handle: string | null;
}

export function addShow(refunds: Command, provider: string, terminal: Terminal): void {
  refunds
    .command('show')
    .argument('[id]', "the provider's id of the refund")
    .option('--payment <id>', 'only if it is a refund of this payment')
    .option(
      '--refund <refundId>',
      'instead of the id: the refund of Refundry, whose database then tells the id',
    )
    .option('--account <name>', `the account of ${provider}; default, or the only one, without it`)
    .option('--json', 'answer as JSON, with every field that the provider sent')
    .description('one refund as the provider has it')
    .action(async (id: string | undefined, options: ShowOptions) => {
      const config = readSettings(terminal);
      const { wanted, account } = await find(terminal, config, provider, id, options);
      await withDesk(config, provider, account, async (desk) => {
        await show(terminal, desk, wanted, options.json === true);
      });
    });
}

async function show(terminal: Terminal, open: OpenDesk, wanted: Wanted, json: boolean): Promise<void> {
  const { module } = open;
  const { desk } = module;
  if (desk === undefined) throw failure('QUESTION_NOT_ACCEPTABLE', `${module.name} shows no single refunds`);
  if (wanted.handle === null) refuseFaults(desk.checkRefundId(wanted.providerRefundId));
  if (wanted.paymentId !== null) refuseFaults(module.checkPaymentId(wanted.paymentId));
  const answer = await desk.show(open.account, wanted, new AbortController().signal);
  if (answer.kind !== 'shown') throw failureOf(answer, open.label, nameOf(desk, wanted));
  terminal.out(line(json ? JSON.stringify(refundJson(answer.refund)) : refundDetails(answer.refund)));
}

/** The refund in the words of a failure. Where ids are secret, one beside its handle is only the hash. */
function nameOf({ idsAreSecret }: RefundDesk, { providerRefundId, handle }: Wanted): string {
  return idsAreSecret === true && handle === null ? 'this refund' : `refund ${providerRefundId}`;
}

async function find(
  terminal: Terminal,
  config: Config,
  provider: string,
  id: string | undefined,
  options: ShowOptions,
): Promise<{ readonly wanted: Wanted; readonly account: string | null }> {
  const { payment = null, refund: refundId, account = null } = options;
  if (id !== undefined && refundId === undefined) {
    return { wanted: { providerRefundId: id, paymentId: payment, handle: null }, account };
  }
  if (id !== undefined || refundId === undefined) {
    throw failure('QUESTION_NOT_ACCEPTABLE', 'give either the id of the refund at the provider or --refund');
  }
  const report = await withStore(
    config,
    terminal,
    async (database) => await new ReportStore(database).refund(refundId),
  );
  if (report === null) throw failure('REFUND_NOT_FOUND', `this database has no refund ${refundId}`);
  const { refund } = report;
  if (refund.provider !== provider) {
    throw failure('QUESTION_NOT_ACCEPTABLE', `${refundId} is a refund at ${refund.provider}`);
  }
  if (refund.providerRefundId === null) {
    throw failure(
      'REFUND_NOT_AT_PROVIDER',
      `${refundId} is ${refund.state}, and no refund at ${provider} is known for it`,
      `\`refundctl refund show ${refundId}\` says why; the refunds of its payment have --payment ${refund.paymentId}`,
    );
  }
  const { providerRefundId, handle } = refund;
  return { wanted: { providerRefundId, paymentId: payment, handle }, account: account ?? refund.account };
}

function failure(
  code: string,
  happened: string,
  next = 'correct it; --help says what is possible',
): CommandFailure {
  return new CommandFailure(code, { happened, notDone: 'the provider was not asked', next }, 2);
}
