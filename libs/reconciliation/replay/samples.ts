/** Counts per class, with the first so many of each: a million differences must not fill the memory of who counts them. */
export class Samples<Kind extends string, Item> {
  readonly counts: Record<Kind, number>;
  readonly items: Partial<Record<Kind, Item[]>> = {};

  constructor(
    kinds: readonly Kind[],
    private readonly itemsMax: number,
  ) {
    this.counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>;
  }

  add(kind: Kind, item: Item): void {
    this.counts[kind] += 1;
    const items = (this.items[kind] ??= []);
    if (items.length < this.itemsMax) items.push(item);
  }

  /** Many of a kind at once; of them, so many as are given are shown. */
  addAll(kind: Kind, count: number, items: readonly Item[]): void {
    this.counts[kind] += count;
    if (items.length > 0) this.items[kind] = [...(this.items[kind] ?? []), ...items].slice(0, this.itemsMax);
  }
}
