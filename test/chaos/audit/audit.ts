import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { checkLedger, sumOf } from '#libs/scenario';
import { checkCrowd } from '../crowd.ts';
import type { Servers } from '../servers.ts';
import { dumpTopic } from '../topic-dump.ts';
import type { Traffic } from '../traffic.ts';
import type { World } from '../world.ts';
import { checkBooks } from './books.ts';
import { checkDeadLetters } from './dead-letters.ts';
import { checkEvidence } from './evidence.ts';
import { checkPublished, staleSnapshots } from './published.ts';
import { checkStore, readJournal, readRefunds } from './store.ts';

/** What a seed comes to. */
export interface Audit {
  readonly refunds: number;
  readonly completed: number;
  readonly failed: number;
  readonly review: number;
  /** Refunds a person has to decide, by provider and reason. */
  readonly reviewReasons: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly doubled: number;
  readonly overRefunded: number;
  /** Everything that is wrong; empty when every invariant holds. */
  readonly differences: readonly string[];
}

const POLL_MS = 100;
/** Ends early when all is well; a takeover repeats the snapshots of what it published after one lease of the relay. */
const SNAPSHOTS_TIMEOUT_MS = 30_000;

/** Waits until everything on the topic has been taken in, everything written has been published, and the newest snapshots are the last ones. */
export async function untilQuiet(
  world: World,
  all: readonly Traffic[],
  deadlineMs: number,
  signal: AbortSignal,
  snapshotsTimeoutMs = SNAPSHOTS_TIMEOUT_MS,
): Promise<void> {
  await withClient(world.databaseUrl, async (client) => {
    while (performance.now() < deadlineMs && !(await isQuiet(world, client)))
      await pause(POLL_MS, undefined, { signal });
    const snapshotsUntilMs = performance.now() + snapshotsTimeoutMs;
    const entries = await readJournal(client);
    while (
      performance.now() < snapshotsUntilMs &&
      staleSnapshots(entries, await dumpTopic(world.bus, world.topics.status)).length > 0
    )
      await pause(POLL_MS * 5, undefined, { signal });
  });
  for (const { orders } of all) await orders.catchUp(signal);
}

async function isQuiet({ bus, topics, groupId }: World, client: pg.Client): Promise<boolean> {
  const admin = await bus.admin();
  const ends = await admin.offsets(topics.requested);
  await admin.close();
  const { rows } = await client.query<{ readonly partition: number; readonly next: string }>(
    'select partition, next_offset::text as next from refundry.intake_position where group_id = $1 and topic = $2',
    [groupId, topics.requested],
  );
  const taken = new Map(rows.map(({ partition, next }) => [partition, Number(next)]));
  if (ends.some(({ partition, high }) => (taken.get(partition) ?? 0) < high)) return false;
  const { rows: left } = await client.query<{ readonly count: number }>(
    `select (select count(*) from refundry.outbox)::int + (select count(*) from refundry.dead_letter where published_at is null)::int as count`,
  );
  return left[0]?.count === 0;
}

/** Stops the processors in good order, so that nothing moves any more, and then compares everything with everything. */
export async function audit(servers: Servers, world: World, all: readonly Traffic[]): Promise<Audit> {
  await Promise.all(
    world.workers.map(async (worker) => {
      await worker.stop();
    }),
  );
  return await withClient(world.databaseUrl, async (client) => {
    const refunds = await readRefunds(client);
    const entries = await readJournal(client);
    const topics = {
      results: await dumpTopic(world.bus, world.topics.results),
      statuses: await dumpTopic(world.bus, world.topics.status),
    };
    const deadLetters = await dumpTopic(world.bus, world.topics.deadLetters);
    const booked = (
      await Promise.all(
        all.map(async ({ plan, elsewhere }) =>
          (await world.sandbox.refunds(plan.provider)).filter(({ id }) => !elsewhere.has(id)),
        ),
      )
    ).flat();
    const ledger = ledgerOf(servers, all, booked);
    const reviewReasons: Record<string, number> = {};
    for (const { state, provider, reviewReason } of refunds)
      if (state === 'review') {
        const reason = `${provider} ${String(reviewReason)}`;
        reviewReasons[reason] = (reviewReasons[reason] ?? 0) + 1;
      }
    const count = (state: string): number => refunds.filter((refund) => refund.state === state).length;
    const crowds = all.flatMap(({ crowd, orders, paymentIds }) =>
      checkCrowd(crowd, orders.seen, booked, paymentIds),
    );
    return {
      refunds: all.reduce((sum, { plan, crowd }) => sum + plan.refunds.length + crowd.refunds.length, 0),
      completed: count('completed'),
      failed: count('failed'),
      review: count('review'),
      reviewReasons,
      lost: ledger.summary.lost,
      doubled: ledger.summary.doubleRefunds,
      overRefunded: ledger.summary.overRefunded,
      differences: [
        ...ledger.differences,
        ...crowds,
        ...(await checkStore(client, refunds, entries)),
        ...(await checkEvidence(client)),
        ...checkBooks(refunds, booked),
        ...checkPublished(entries, topics),
        ...staleSnapshots(entries, topics.statuses),
        ...all.flatMap((traffic) => checkDeadLetters(traffic, deadLetters)),
        ...unknownRefunds(all, refunds),
        ...world.workers.flatMap(({ endedByItself }) => endedByItself),
      ],
    };
  });
}

/** The plan's own refunds; those of a crowd are compared by `checkCrowd`. Dead letters and repetitions are counted elsewhere: a sender that hears nothing sends again. */
function ledgerOf(
  servers: Servers,
  all: readonly Traffic[],
  booked: Awaited<ReturnType<World['sandbox']['refunds']>>,
): ReturnType<typeof sumOf> {
  const bus = servers.busKind;
  const checks = all.map(({ plan, crowd, orders, paymentIds }) => {
    const crowded = new Set(crowd.payments.map(({ ref }) => paymentIds.get(ref)));
    const books = {
      refunds: booked.filter((one) => one.provider === plan.provider && !crowded.has(one.paymentId)),
      paymentIds,
    };
    const run = { bus, duplicatesAbsorbed: plan.duplicates, seconds: 0 };
    return checkLedger({ ...plan, deadLetters: orders.seen.deadLetters.length }, orders.seen, books, run);
  });
  const duplicatesAbsorbed = checks.reduce((sum, { summary }) => sum + summary.duplicatesAbsorbed, 0);
  return sumOf(checks, { bus, duplicatesAbsorbed, seconds: 0 });
}

/** Requests the store does not know, and refunds nobody asked for. */
function unknownRefunds(
  all: readonly Traffic[],
  stored: readonly { readonly refundId: string }[],
): readonly string[] {
  const wanted = new Set(
    all.flatMap(({ plan, crowd }) => [...plan.refunds, ...crowd.refunds].map(({ refundId }) => refundId)),
  );
  const known = new Set(stored.map(({ refundId }) => refundId));
  return [
    ...[...wanted]
      .filter((refundId) => !known.has(refundId))
      .map((refundId) => `${refundId}: not in the store`),
    ...[...known]
      .filter((refundId) => !wanted.has(refundId))
      .map((refundId) => `${refundId}: nobody asked for it`),
  ];
}

async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
