import { Presets, SingleBar } from 'cli-progress';

/** A bar on a terminal, nothing elsewhere: a script reads the report. */
export function progressBar(what: string): { update(done: number, total: number): void; stop(): void } {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const format = `{bar} {value}/{total} ${what} | {duration_formatted}`;
  const bar = new SingleBar(
    { format, hideCursor: true, barsize: 24, stream: process.stderr },
    Presets.shades_classic,
  );
  let isStarted = false;
  return {
    update: (done, total) => {
      if (!isStarted) bar.start(total, done);
      isStarted = true;
      bar.setTotal(total);
      bar.update(done);
    },
    stop: () => {
      if (isStarted) bar.stop();
    },
  };
}
