import { userInfo } from 'node:os';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { Reviews, type Resolution, type Resolved } from '#libs/processing/review';
import { parseAmount, type ActBy, type ReviewDecision } from '#libs/refund';
import { registerSecret } from '#libs/observability';
import { ReviewStore } from '#libs/store';
import { withStore } from '../database.ts';
import { CommandFailure } from '../failure.ts';
import { withReviewAccount } from '../review/open-account.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';
import { notFound } from './refund-show.ts';

interface ResolveOptions {
  readonly as: ReviewDecision['as'];
  readonly evidence: string;
  readonly reason: string;
  readonly by: string;
  readonly providerRefund?: string;
  readonly requestId?: string;
  readonly amount?: Amount;
  readonly actBy: ActBy;
  readonly final?: boolean;
  readonly confirmAbsent?: boolean;
  readonly force?: boolean;
}

type Amount = NonNullable<ReturnType<typeof parseAmount>>;

export function addReviewResolve(review: Command, terminal: Terminal): void {
  review
    .command('resolve')
    .argument('<refundId>')
    .addOption(
      new Option('--as <end>', 'what becomes of it')
        .choices(['completed', 'failed', 'retry'])
        .makeOptionMandatory(),
    )
    .requiredOption('--evidence <text>', 'what was seen at the provider, and where; kept with the refund')
    .requiredOption('--reason <text>', 'why it is decided so; kept with the refund')
    .option('--by <name>', 'who decides; kept with the refund', userInfo().username)
    .option('--provider-refund <id>', "completed: the provider's id of the refund that gave the money back")
    .option('--request-id <guid>', 'completed, RoboKassa: the number of the request instead; it stays secret')
    .option('--amount <sum>', 'completed: what was given back, where the request left it open', amountOf)
    .addOption(
      new Option('--act-by <whom>', 'failed: who can do something about it')
        .choices(['merchant', 'customer', 'operator', 'nobody'])
        .default('merchant'),
    )
    .option('--final', 'failed: asking again under another refundId cannot help')
    .option('--confirm-absent', 'retry: the evidence proves that the provider has booked nothing of it')
    .option('--force', 'also where the provider shows otherwise, or gives no answer')
    .description('decide a refund in review; the provider is asked before, where it can be')
    .action(async (refundId: string, options: ResolveOptions) => {
      if (options.requestId !== undefined) registerSecret(options.requestId);
      terminal.out(line(answerText(refundId, await resolve(terminal, refundId, options))));
    });
}

async function resolve(terminal: Terminal, refundId: string, options: ResolveOptions): Promise<Resolved> {
  const config = readSettings(terminal);
  const resolved = await withStore(config, terminal, async (database) => {
    const store = new ReviewStore(database);
    const review = await store.read(refundId);
    if (review === null) throw notFound(refundId);
    const { executor, statusEvents, books } = config;
    const reviews = new Reviews(store, { ...executor, statusEvents, books });
    return await withReviewAccount(config, review.view, async (account) => {
      return await reviews.resolve(refundId, resolutionOf(options), account);
    });
  });
  if (resolved.kind === 'refused') throw failureOf(refundId, resolved);
  return resolved;
}

function resolutionOf(options: ResolveOptions): Resolution {
  const { by, reason, evidence, providerRefund = null, requestId = null } = options;
  return {
    decision: decisionOf(options),
    name: { providerRefundId: providerRefund, handle: requestId },
    person: { by, reason, evidence },
    force: options.force === true,
  };
}

function decisionOf(options: ResolveOptions): ReviewDecision {
  switch (options.as) {
    case 'completed':
      return { as: 'completed', amount: options.amount ?? null };
    case 'failed':
      return { as: 'failed', actBy: options.actBy, mayRequestAgain: options.final !== true };
    case 'retry':
      return { as: 'retry', absent: options.confirmAbsent === true };
  }
}

function amountOf(text: string): Amount {
  const amount = parseAmount(text);
  if (amount === null || amount.isZero())
    throw new InvalidArgumentError('Write it as 10.50, more than zero.');
  return amount;
}

const AGAIN: Readonly<Record<'resend' | 'same' | 'new', string>> = {
  resend: 'it stays reserved and is sent again with the same key when its turn comes',
  same: 'it is sent when its turn comes',
  new: 'another attempt is made when its turn comes',
};

function answerText(refundId: string, resolved: Resolved): string {
  switch (resolved.kind) {
    case 'refused':
      return resolved.text;
    case 'named':
      return `The provider shows ${resolved.providerRefundId} under way: ${refundId} is bound to it and ends as it ends. It is looked up now.`;
    case 'decided': {
      const how = resolved.attempt === null ? '' : `: ${AGAIN[resolved.attempt]}`;
      return `${refundId} is ${resolved.to}${how}.`;
    }
  }
}

const NEXT: Readonly<Record<string, string>> = {
  REVIEW_NAME_MISSING:
    'name it with --provider-refund, or with --request-id where only a request has a number',
  REVIEW_AMOUNT_MISSING: 'say with --amount what the provider shows',
  REVIEW_ABSENCE_UNCONFIRMED:
    'look at the provider; with proof that nothing was booked, add --confirm-absent',
  REVIEW_RETRY_IMPOSSIBLE: 'wait for its end there, or decide it as completed or failed',
  REVIEW_NAME_TAKEN: 'compare both refunds at the provider: the same money cannot be two refunds',
  ACCOUNT_IDENTITY_CHANGED: 'configure the credentials that the refund was accepted with',
};

function failureOf(refundId: string, refused: Resolved & { readonly kind: 'refused' }): CommandFailure {
  const { code, text, inMs, mayBeForced } = refused;
  const look = `\`refundctl review show ${refundId}\` says how it stands`;
  const forced = 'look again at the provider; when you know better, add --force';
  const waits = inMs === undefined ? null : `ask again in ${String(Math.ceil(inMs / 1000))} s`;
  const next = waits ?? NEXT[code] ?? (mayBeForced === true ? forced : look);
  const exit = code === 'REVIEW_UNANSWERED' ? 1 : 2;
  return new CommandFailure(code, { happened: text, notDone: 'nothing was decided', next }, exit);
}
