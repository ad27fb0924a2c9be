import { Presets, SingleBar } from 'cli-progress';
import type { Observations, Plan } from '#libs/scenario';

const UPDATE_MS = 100;

/** What the bar knows beyond the events. */
export interface ProgressState {
  sent: number;
}

/** Live progress on stderr: a bar on a terminal, a line every two seconds elsewhere. Answers how to end it. */
export function showProgress(plan: Plan, seen: Observations, state: ProgressState): () => void {
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
    messages: plan.messages.length,
    completed: seen.endedAs('RefundCompleted'),
    failed: seen.endedAs('RefundFailed'),
    deadLetters: seen.deadLetters.length,
  });
  bar.start(plan.refunds.length, 0, payload());
  const update = (): void => {
    bar.update(seen.endedCount, payload());
  };
  const timer = setInterval(update, UPDATE_MS);
  return () => {
    clearInterval(timer);
    update();
    bar.stop();
  };
}
