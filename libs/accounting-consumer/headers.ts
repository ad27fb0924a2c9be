import type { BusHeader } from '#libs/bus';

/** Headers in their order, names repeated where they were, values as base64: any byte survives. */
export function encodeHeaders(headers: readonly BusHeader[]): Buffer {
  return Buffer.from(
    JSON.stringify(headers.map(({ name, value }) => [name, value?.toString('base64') ?? null])),
  );
}
