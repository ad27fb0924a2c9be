/** Starts every piece of work in turn, at most `size` at a time; each has its own promise, which may be awaited at any time or never. */
export function inPool<Item, Result>(
  items: readonly Item[],
  size: number,
  work: (item: Item) => Promise<Result>,
): ReadonlyMap<Item, Promise<Result>> {
  const started = items.map((item) => ({ item, ...Promise.withResolvers<Result>() }));
  for (const { promise } of started) promise.catch(() => undefined);
  const waiting = [...started];
  const next = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      await work(one.item).then(one.resolve, one.reject);
  };
  for (let worker = 0; worker < size; worker += 1) void next();
  return new Map(started.map(({ item, promise }) => [item, promise]));
}
