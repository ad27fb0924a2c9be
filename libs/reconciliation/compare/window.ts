/**
 * What is compared: refunds whose last visible change lies in `[fromMs, toMs)`, UTC. So each refund belongs to one of the windows that follow each
 * other, with the state that it ended in. Requests belong to a window by the time of their record.
 */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The provider is listed this much wider on both sides: its clock is not ours, and it made a refund before we heard of it. What is only in the margin
 * and matches nothing belongs to a neighbouring window. Smaller: refunds near midnight are taken for missing until each is asked for by itself; larger:
 * every listing is longer.
 */
const MARGIN_MS = 48 * 3_600_000;

export function providerWindow({ fromMs, toMs }: Window): Window {
  return { fromMs: fromMs - MARGIN_MS, toMs: toMs + MARGIN_MS };
}
