export type Notes = Readonly<Record<string, string | number | boolean>>;

const PAIRS_MAX = 15;
const KEY_CHARACTERS_MAX = 255;
const VALUE_CHARACTERS_MAX = 512;

export const noNotes: Notes = {};

/** Undefined when Razorpay would answer "Notes validation failed". An empty list is how PHP clients send no notes. */
export function readNotes(value: unknown): Notes | undefined {
  if (Array.isArray(value)) {
    return value.length === 0 ? noNotes : undefined;
  }
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const pairs = Object.entries(value);
  return pairs.length <= PAIRS_MAX && pairs.every(isNote) ? Object.fromEntries(pairs) : undefined;
}

/** Razorpay writes "no notes" as an empty list, not as an empty object. */
export function renderNotes(notes: Notes): Notes | readonly [] {
  for (const _name in notes) {
    return notes;
  }
  return [];
}

function isNote(pair: [string, unknown]): pair is [string, string | number | boolean] {
  const [key, value] = pair;
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isScalar && key.length <= KEY_CHARACTERS_MAX && String(value).length <= VALUE_CHARACTERS_MAX;
}
