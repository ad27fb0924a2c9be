/** Resolves when the promise has settled, either way, or when the time is over. Does not keep the process alive. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise.then(ignore, ignore), late]);
  clearTimeout(timer);
}

function ignore(): void {
  // The caller only waits.
}
