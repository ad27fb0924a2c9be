import { line, type Terminal } from '../terminal.ts';

const EVERY_MS = 2000;

/** Tells how far it is, not oftener than every two seconds: nothing at all of what is quick. */
export function tellProgress(
  terminal: Terminal,
): (stage: string, done: number, total: number | null) => void {
  let toldAtMs = performance.now();
  return (stage, done, total) => {
    const nowMs = performance.now();
    if (nowMs - toldAtMs < EVERY_MS) return;
    toldAtMs = nowMs;
    const of = total === null ? '' : ` of ${String(total)}`;
    terminal.err(line(done === 0 ? `${stage} …` : `${stage}: ${String(done)}${of}`));
  };
}
