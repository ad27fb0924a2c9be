import type { BusHeader } from '../port.ts';
import { NULL_HEADER_VALUE } from './null-header-patch.ts';

/** kafkajs's shape: a name that repeats holds an array. The order between different names is lost there. */
export function toKafkaHeaders(headers: readonly BusHeader[]): Record<string, Buffer[]> {
  const values = new Map<string, Buffer[]>();
  for (const { name, value } of headers) {
    const sent = value ?? NULL_HEADER_VALUE;
    const known = values.get(name);
    if (known === undefined) values.set(name, [sent]);
    else known.push(sent);
  }
  return Object.fromEntries(values);
}

/**
 * Only buffers and nulls are header values: for a name such as `constructor` kafkajs mixes in what every object inherits.
 */
export function fromKafkaHeaders(headers: Readonly<Record<string, unknown>> | undefined): BusHeader[] {
  return Object.entries(headers ?? {}).flatMap(([name, found]) =>
    (Array.isArray(found) ? found : [found])
      .filter((value): value is Buffer | null => value === null || Buffer.isBuffer(value))
      .map((value) => ({ name, value })),
  );
}
