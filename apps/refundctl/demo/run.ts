import { OrderService, type Books, type LedgerCheck, type Plan } from '#libs/scenario';
import { checkLedger, type Observations } from '#libs/scenario';
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

export interface RunOutcome extends LedgerCheck {
  /** Times each fault of the plan struck, by its mode. */
  readonly faults: ReadonlyMap<string, number>;
  readonly seen: Observations;
}

/** Plays a plan against a running stack: payments, faults, traffic, the bank, and the comparison at the end. */
export async function runPlan(
  plan: Plan,
  stack: Stack,
  keep: boolean,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const { sandbox } = stack;
  const paymentIds = await sandbox.createPayments(plan.provider, plan.payments);
  const orders = new OrderService(stack.bus, stack.topics, plan);
  await orders.start();
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  await leftoversTaken(stack, both);
  for (const fault of plan.faults) await sandbox.addFault(plan.provider, fault);
  const absorbedBefore = await readCounter(stack.processorUrl, DUPLICATES);
  const state: ProgressState = { sent: 0 };
  const endProgress = showProgress(plan, orders.seen, state);
  try {
    const seconds = await Promise.race([
      traffic(plan, stack, orders, paymentIds, state, both),
      processorEnded(stack),
    ]);
    endProgress();
    const duplicatesAbsorbed = (await readCounter(stack.processorUrl, DUPLICATES)) - absorbedBefore;
    const faults = await sandbox.faultsFired();
    // Nothing can be booked after a processor that has drained, so the books are complete.
    if (!keep) await stack.processor.stop(60_000);
    await orders.catchUp(signal);
    const books: Books = { refunds: await sandbox.refunds(plan.provider), paymentIds };
    const run = { bus: stack.bus.kind, duplicatesAbsorbed, seconds } as const;
    return { ...checkLedger(plan, orders.seen, books, run), faults, seen: orders.seen };
  } finally {
    endProgress();
    over.abort();
    await orders.stop();
  }
}

/** Sends both waves and waits until every refund has ended. Answers the seconds from the first message to the last end. */
async function traffic(
  plan: Plan,
  { sandbox }: Stack,
  orders: OrderService,
  paymentIds: ReadonlyMap<string, string>,
  state: ProgressState,
  signal: AbortSignal,
): Promise<number> {
  const startedMs = performance.now();
  const deadlineMs = startedMs + DEADLINE_MS + plan.refunds.length * DEADLINE_PER_REFUND_MS;
  const bankRefunds = new Set(
    plan.refunds.filter(({ bank }) => bank !== null).map(({ refundId }) => refundId),
  );
  const main = plan.messages.filter(({ wave }) => wave === 'main');
  const mainIds = plan.refunds.map(({ refundId }) => refundId).filter((id) => !bankRefunds.has(id));
  await orders.send(main, paymentIds, signal, (sent) => {
    state.sent = sent;
  });
  await orders.until((seen) => mainIds.every((id) => seen.hasEnded(id)), deadlineMs, signal);
  await sandbox.setBehaviour(plan.provider, { newRefundStatus: 'pending' });
  const later = plan.messages.filter(({ wave }) => wave === 'bank');
  await orders.send(later, paymentIds, signal, (sent) => {
    state.sent = main.length + sent;
  });
  const bank = playBank(plan, sandbox, signal);
  await orders.until(
    (seen) => seen.endedCount === plan.refunds.length && seen.deadLetters.length >= plan.deadLetters,
    deadlineMs,
    signal,
  );
  signal.throwIfAborted();
  void bank.catch(() => {
    // The sandbox goes away under it when the demo ends early; what it left undone shows in the books.
  });
  return Math.round((performance.now() - startedMs) / 100) / 10;
}

async function processorEnded({ processor, processorLog }: Stack): Promise<never> {
  const how = await processor.ended;
  throw new CommandFailure('PROCESSOR_ENDED', {
    happened: `the processor ended in the middle of the demo with ${how}${lastLines(processorLog)}`,
    notDone: 'the remaining refunds were not carried out; nothing was compared',
    next: `its log is ${processorLog}; what it had stored goes on when a processor is started on the same data`,
  });
}
