/** For JSON.stringify: handles are what a provider is asked with instead of a password, and contents may hold them. They stay in the database. */
export function withoutHandles(name: string, value: unknown): unknown {
  return name === 'handle' || name === 'paymentHandle' || name === 'content' ? undefined : value;
}

/** PostgreSQL keeps the decimals of what was added up; those that are zero say nothing. */
export function plain(amount: string): string {
  return amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount;
}

/** A moment in UTC as people read it. */
export function stamp(atMs: number): string {
  return new Date(atMs).toISOString().replace('T', ' ').replace('Z', '');
}
