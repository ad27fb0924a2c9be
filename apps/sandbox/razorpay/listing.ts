import type { FastifyRequest } from 'fastify';
import type { Answer } from '../calls/answer.ts';
import { refusal, unknownFields } from './errors.ts';

const COUNT_DEFAULT = 10;
const COUNT_MAX = 100;
const known = new Set(['from', 'to', 'count', 'skip', 'expand[]']);

export interface Page {
  readonly fromS: number;
  readonly toS: number;
  readonly count: number;
  readonly skip: number;
}

export type PageReading =
  | { readonly kind: 'page'; readonly page: Page }
  | { readonly kind: 'refused'; readonly answer: Answer };

interface Timed {
  readonly createdAtS: number;
}

/** Reads `from`, `to` (Unix seconds, a fraction is dropped because the Node SDK sends one for dates), `count` and `skip`. */
export function readPage(request: FastifyRequest): PageReading {
  const query = request.query as Record<string, string | string[]>;
  const unknown = Object.keys(query).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    return { kind: 'refused', answer: unknownFields(unknown) };
  }
  const fields = { from: 0, to: Number.MAX_SAFE_INTEGER, count: COUNT_DEFAULT, skip: 0 };
  for (const name of ['from', 'to', 'count', 'skip'] as const) {
    const text = query[name];
    if (text === undefined) {
      continue;
    }
    if (typeof text !== 'string' || !/^\d{1,15}(\.\d+)?$/.test(text)) {
      return { kind: 'refused', answer: refusal(`The ${name} must be an integer.`, name) };
    }
    fields[name] = Math.floor(Number(text));
  }
  if (fields.count < 1 || fields.count > COUNT_MAX) {
    const text =
      fields.count < 1 ? 'The count must be at least 1.' : `The count may not be greater than ${COUNT_MAX}.`;
    return { kind: 'refused', answer: refusal(text, 'count') };
  }
  const { from: fromS, to: toS, count, skip } = fields;
  return { kind: 'page', page: { fromS, toS, count, skip } };
}

/** The page of a list that is kept oldest first, newest first. Costs the page and two binary searches, however long the list is. */
export function newestFirst<Item extends Timed>(oldestFirst: readonly Item[], page: Page): Item[] {
  const first = firstNotBefore(oldestFirst, page.fromS);
  const end = firstNotBefore(oldestFirst, page.toS + 1);
  const items: Item[] = [];
  for (let index = end - 1 - page.skip; index >= first && items.length < page.count; index -= 1) {
    const item = oldestFirst[index];
    if (item !== undefined) {
      items.push(item);
    }
  }
  return items;
}

function firstNotBefore(oldestFirst: readonly Timed[], timeS: number): number {
  let low = 0;
  let high = oldestFirst.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = oldestFirst[middle];
    if (item !== undefined && item.createdAtS < timeS) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
