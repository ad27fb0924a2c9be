import {
  checkLedger,
  OrderService,
  SCRIPTS,
  sumOf,
  type LedgerCheck,
  type Observations,
  type Plan,
  type Wave,
} from '#libs/scenario';
import { CommandFailure } from '../failure.ts';
import { playBank } from './bank.ts';
import { lastLines } from './child.ts';
import { leftoversTaken } from './leftovers.ts';
import { readCounter } from './metrics.ts';
import { showProgress, type ProgressState } from './progress.ts';
import type { Stack } from './stack.ts';

/** Long enough for the slowest machine that can run it at all; a refund that has not ended by then counts as lost. */
const DEADLINE_MS = 60_000;
const DEADLINE_PER_REFUND_MS = 60;

const DUPLICATES = 'refundry_duplicates_total';

/** One provider's part of a run. */
export interface Part extends LedgerCheck {
  readonly plan: Plan;
  readonly seen: Observations;
}

export interface RunOutcome extends LedgerCheck {
  /** Times each fault of the plans struck, by its mode. */
  readonly faults: ReadonlyMap<string, number>;
  readonly parts: readonly Part[];
}

/** What the parts of a run add up to while it goes on. */
interface RunState extends ProgressState {
  readonly faults: Map<string, number>;
}

/** One provider's traffic under way. */
interface Traffic {
  readonly plan: Plan;
  readonly orders: OrderService;
  readonly paymentIds: ReadonlyMap<string, string>;
}

/** Plays plans side by side against a running stack: payments, faults, traffic, the banks, and the comparison at the end. */
export async function runPlans(
  plans: readonly Plan[],
  stack: Stack,
  keep: boolean,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const { sandbox } = stack;
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const all: Traffic[] = [];
  for (const plan of plans) {
    const paymentIds = await sandbox.createPayments(plan.provider, plan.payments);
    const orders = new OrderService(stack.bus, stack.topics, plan);
    await orders.start();
    all.push({ plan, orders, paymentIds });
  }
  await leftoversTaken(stack, both);
  for (const plan of plans) for (const fault of plan.faults) await sandbox.addFault(plan.provider, fault);
  const absorbedBefore = await readCounter(stack.processorUrl, DUPLICATES);
  const state: RunState = { sent: 0, faults: new Map() };
  const endProgress = showProgress(all, state);
  try {
    const startedMs = performance.now();
    await Promise.race([
      Promise.all(all.map(async (one) => await play(one, stack, state, both))),
      processorEnded(stack),
    ]);
    const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
    endProgress();
    const duplicatesAbsorbed = (await readCounter(stack.processorUrl, DUPLICATES)) - absorbedBefore;
    count(state.faults, await sandbox.faultsFired());
    // Nothing can be booked after a processor that has drained, so the books are complete.
    if (!keep) await stack.processor.stop(60_000);
    const run = { bus: stack.bus.kind, duplicatesAbsorbed, seconds } as const;
    const parts = await Promise.all(all.map(async (one) => await compare(one, stack, seconds, signal)));
    return { ...sumOf(parts, run), faults: state.faults, parts };
  } finally {
    endProgress();
    over.abort();
    for (const { orders } of all) await orders.stop();
  }
}

/** Which message was absorbed the processor does not tell by provider: each part counts its own as absorbed, and the sum is compared. */
async function compare(
  { plan, orders, paymentIds }: Traffic,
  stack: Stack,
  seconds: number,
  signal: AbortSignal,
): Promise<Part> {
  await orders.catchUp(signal);
  const books = { refunds: await stack.sandbox.refunds(plan.provider), paymentIds };
  const run = { bus: stack.bus.kind, duplicatesAbsorbed: plan.duplicates, seconds };
  return { ...checkLedger(plan, orders.seen, books, run), plan, seen: orders.seen };
}

/** Sends the waves of one plan, each when the one before it has ended. */
async function play(
  traffic: Traffic,
  { sandbox }: Stack,
  state: RunState,
  signal: AbortSignal,
): Promise<void> {
  const { plan, orders, paymentIds } = traffic;
  const deadlineMs = performance.now() + DEADLINE_MS + plan.refunds.length * DEADLINE_PER_REFUND_MS;
  await send(traffic, 'main', state, signal);
  await orders.until((seen) => isOver(plan, 'main', seen), deadlineMs, signal);
  if (plan.mayNeedPerson) {
    count(state.faults, await sandbox.faultsFired(plan.provider));
    await sandbox.clearFaults(plan.provider);
  }
  await send(traffic, 'quiet', state, signal);
  await orders.until((seen) => isOver(plan, 'quiet', seen), deadlineMs, signal);
  await sandbox.setBehaviour(plan.provider, SCRIPTS[plan.provider].bank.behaviour);
  await send(traffic, 'bank', state, signal);
  void playBank(plan, sandbox, paymentIds, signal).catch(() => {
    // The sandbox goes away under it when the demo ends early; what it left undone shows in the books.
  });
  const isEnd = (seen: Observations): boolean =>
    isOver(plan, 'bank', seen) && seen.deadLetters.length >= plan.deadLetters;
  await orders.until(isEnd, deadlineMs, signal);
  signal.throwIfAborted();
}

async function send(
  { plan, orders, paymentIds }: Traffic,
  wave: Wave,
  state: RunState,
  signal: AbortSignal,
): Promise<void> {
  const messages = plan.messages.filter((message) => message.wave === wave);
  let before = 0;
  await orders.send(messages, paymentIds, signal, (sent) => {
    state.sent += sent - before;
    before = sent;
  });
}

function isOver(plan: Plan, wave: Wave, seen: Observations): boolean {
  return plan.refunds.every(
    ({ refundId, wave: own }) =>
      own !== wave || seen.hasEnded(refundId) || (plan.mayNeedPerson && seen.needsPerson(refundId)),
  );
}

function count(into: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [mode, fired] of more) into.set(mode, (into.get(mode) ?? 0) + fired);
}

async function processorEnded({ processor, processorLog }: Stack): Promise<never> {
  const how = await processor.ended;
  throw new CommandFailure('PROCESSOR_ENDED', {
    happened: `the processor ended in the middle of the demo with ${how}${lastLines(processorLog)}`,
    notDone: 'the remaining refunds were not carried out; nothing was compared',
    next: `its log is ${processorLog}; what it had stored goes on when a processor is started on the same data`,
  });
}
