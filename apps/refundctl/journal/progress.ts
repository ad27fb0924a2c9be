import { Presets, SingleBar } from 'cli-progress';

/** A number that grows on a terminal; nothing elsewhere, where it would only be in the way. */
export function showCount(what: string): { readonly at: (count: number) => void; readonly end: () => void } {
  if (!process.stderr.isTTY) return { at: () => undefined, end: () => undefined };
  const bar = new SingleBar(
    { format: `{value} ${what}`, hideCursor: true, clearOnComplete: true, stream: process.stderr },
    Presets.shades_classic,
  );
  bar.start(0, 0);
  return {
    at: (count) => {
      bar.update(count);
    },
    end: () => {
      bar.stop();
    },
  };
}
