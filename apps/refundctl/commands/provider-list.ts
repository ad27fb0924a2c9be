import type { Command } from 'commander';
import type { DeskFilter, DeskQuery, RefundDesk } from '#libs/provider-kit';
import { counted, moment } from '../desk/arguments.ts';
import { refuseFaults, withDesk, type OpenDesk } from '../desk/open-desk.ts';
import { refundJson, refundTable } from '../desk/render.ts';
import { failureOf } from '../desk/trouble.ts';
import { CommandFailure } from '../failure.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';

interface ListOptions {
  readonly payment?: string;
  readonly reference?: string;
  readonly from?: number;
  readonly to?: number;
  readonly count?: number;
  readonly skip?: number;
  readonly account?: string;
  readonly json?: boolean;
}

const FLAGS: Readonly<Record<DeskFilter, string>> = {
  paymentId: '--payment',
  reference: '--reference',
  fromMs: '--from',
  toMs: '--to',
  count: '--count',
  skip: '--skip',
};

export function addList(refunds: Command, provider: string, terminal: Terminal): void {
  refunds
    .command('list')
    .option('--payment <id>', 'only refunds of this payment')
    .option('--reference <text>', 'only refunds that were given this name')
    .option('--from <time>', 'made then or later: 2026-11-24, 2026-11-24T17:51Z or Unix seconds', moment)
    .option('--to <time>', 'made then or before', moment)
    .option('--count <n>', 'how many; as many as the provider gives by itself without it', counted(1))
    .option('--skip <n>', 'leave out the newest of them', counted(0))
    .option('--account <name>', `the account of ${provider}; default, or the only one, without it`)
    .option('--json', 'answer as JSON, with every field that the provider sent')
    .description('refunds as the provider has them, newest first, one page')
    .action(async (options: ListOptions) => {
      const config = readSettings(terminal);
      await withDesk(config, provider, options.account ?? null, async (desk) => {
        await list(terminal, desk, options);
      });
    });
}

async function list(terminal: Terminal, open: OpenDesk, options: ListOptions): Promise<void> {
  const { desk } = open.module;
  if (desk === undefined || desk.filters.length === 0) throw cannot(open, 'has no lists of refunds');
  const query = queryOf(options);
  check(open, desk, query);
  if (query.paymentId !== undefined) refuseFaults(open.module.checkPaymentId(query.paymentId));
  const listing = await desk.list(open.account, query, new AbortController().signal);
  if (listing.kind !== 'listed') {
    throw failureOf(
      listing,
      open.label,
      query.paymentId === undefined ? 'its refunds' : `payment ${query.paymentId}`,
    );
  }
  const { refunds, mayHaveMore } = listing;
  const nextSkip = mayHaveMore ? (query.skip ?? 0) + refunds.length : null;
  if (options.json === true) {
    terminal.out(line(JSON.stringify({ refunds: refunds.map(refundJson), nextSkip })));
    return;
  }
  terminal.out(line(refunds.length === 0 ? 'No refunds.' : refundTable(refunds)));
  if (nextSkip !== null && desk.filters.includes('skip')) {
    terminal.err(line(`There may be more: --skip ${String(nextSkip)}`));
  }
}

function queryOf({ payment, reference, from, to, count, skip }: ListOptions): DeskQuery {
  return {
    ...(payment === undefined ? {} : { paymentId: payment }),
    ...(reference === undefined ? {} : { reference }),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
    ...(count === undefined ? {} : { count }),
    ...(skip === undefined ? {} : { skip }),
  };
}

function check(open: OpenDesk, desk: RefundDesk, query: DeskQuery): void {
  const asked = Object.keys(query) as DeskFilter[];
  const foreign = asked.find((filter) => !desk.filters.includes(filter));
  if (foreign !== undefined) throw cannot(open, `has no lists narrowed by ${FLAGS[foreign]}`);
  if (desk.needsOneOf.length > 0 && !desk.needsOneOf.some((filter) => asked.includes(filter))) {
    throw cannot(open, `lists only with ${desk.needsOneOf.map((filter) => FLAGS[filter]).join(' or ')}`);
  }
  if (query.count !== undefined && query.count > desk.countMax) {
    throw cannot(open, `gives at most ${String(desk.countMax)} refunds at once (--count)`);
  }
  if (query.fromMs !== undefined && query.toMs !== undefined && query.fromMs > query.toMs) {
    throw cannot(open, 'finds nothing when --from is after --to');
  }
}

function cannot({ label, module }: OpenDesk, what: string): CommandFailure {
  return new CommandFailure(
    'QUESTION_NOT_ACCEPTABLE',
    {
      happened: `${label} ${what}`,
      notDone: 'the provider was not asked',
      next: `\`refundctl provider ${module.name} refunds list --help\``,
    },
    2,
  );
}
