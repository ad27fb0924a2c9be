/** Outbox shards: the most relays that can work side by side. A shard's number is stored in rows, so it never changes. */
export const SHARDS = 32;
