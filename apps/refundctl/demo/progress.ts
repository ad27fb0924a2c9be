import { Presets, SingleBar } from 'cli-progress';
import type { OrderService, Plan } from '#libs/scenario';

const UPDATE_MS = 100;

/** One provider's part of what is shown. */
interface Shown {
  readonly plan: Plan;
  readonly orders: OrderService;
}

/** What the bar knows beyond the events. */
export interface ProgressState {
  sent: number;
}

/** Live progress on stderr: a bar on a terminal, a line every two seconds elsewhere. Answers how to end it. */
export function showProgress(all: readonly Shown[], state: ProgressState): () => void {
  const sum = (one: (shown: Shown) => number): number => all.reduce((total, shown) => total + one(shown), 0);
  const bar = new SingleBar(
    {
      format:
        '{bar} {value}/{total} ended | sent {sent}/{messages} | completed {completed} failed {failed} dead letters {deadLetters}',
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: 2000,
      barsize: 24,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  const payload = () => ({
    sent: state.sent,
    messages: sum(({ plan }) => plan.messages.length),
    completed: sum(({ orders }) => orders.seen.endedAs('RefundCompleted')),
    failed: sum(({ orders }) => orders.seen.endedAs('RefundFailed')),
    deadLetters: sum(({ orders }) => orders.seen.deadLetters.length),
  });
  const total = sum(({ plan }) => plan.refunds.length);
  bar.start(total, 0, payload());
  const update = (): void => {
    bar.update(
      sum(({ orders }) => orders.seen.endedCount + orders.seen.inReviewCount),
      payload(),
    );
  };
  const timer = setInterval(update, UPDATE_MS);
  return () => {
    clearInterval(timer);
    update();
    bar.stop();
  };
}
