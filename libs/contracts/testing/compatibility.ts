import type { JsonSchema } from '../index.ts';

/** Who fills in the value: others (`consumed`: what was valid must stay valid) or we (`produced`: what was promised must stay true). */
export type Direction = 'consumed' | 'produced';

/**
 * What a new schema breaks for those who rely on an old one; empty when it only adds. Looks at types, enumerations, patterns, lengths, required and
 * known properties, through objects, arrays and definitions. Rules of single providers (`allOf`) are theirs and not looked at.
 */
export function breakingChanges(
  before: JsonSchema,
  after: JsonSchema,
  direction: Direction,
): readonly string[] {
  return compare({ before, after, direction, at: '' });
}

interface Comparison {
  readonly before: JsonSchema;
  readonly after: JsonSchema;
  readonly direction: Direction;
  readonly at: string;
}

function compare(comparison: Comparison): string[] {
  return [...changesOfValue(comparison), ...changesOfMembers(comparison)];
}

/** What the value itself may be: a consumed one must not get narrower, a produced one not wider. */
function changesOfValue({ before, after, direction, at }: Comparison): string[] {
  const breaks: string[] = [];
  const [must, may] = direction === 'consumed' ? [before, after] : [after, before];
  for (const keyword of ['type', 'enum']) {
    const allowed = list(may[keyword]);
    const lost = list(must[keyword]).filter((value) => !allowed.includes(value));
    if (allowed.length > 0 && (lost.length > 0 || must[keyword] === undefined))
      breaks.push(`${at}: ${keyword}`);
  }
  for (const keyword of ['pattern', 'format', 'const', '$ref', 'not']) {
    if (may[keyword] !== undefined && !same(may[keyword], must[keyword])) breaks.push(`${at}: ${keyword}`);
  }
  for (const keyword of ['maxLength', 'maxProperties', 'maxItems']) {
    if (Number(may[keyword] ?? Infinity) < Number(must[keyword] ?? Infinity))
      breaks.push(`${at}: ${keyword}`);
  }
  return breaks;
}

function changesOfMembers({ before, after, direction, at }: Comparison): string[] {
  const breaks: string[] = [];
  const [must, may] = direction === 'consumed' ? [after, before] : [before, after];
  for (const name of list(must['required'])) {
    if (!list(may['required']).includes(name)) breaks.push(`${at}/${String(name)}: required`);
  }
  for (const keyword of ['properties', 'definitions']) {
    for (const [name, member] of Object.entries(schemas(before[keyword]))) {
      const successor = schemas(after[keyword])[name];
      const place = `${at}/${name}`;
      if (successor === undefined) breaks.push(`${place}: removed`);
      else breaks.push(...compare({ before: member, after: successor, direction, at: place }));
    }
  }
  for (const keyword of ['items', 'additionalProperties', 'propertyNames']) {
    const [old, successor] = [
      before[keyword] as JsonSchema | undefined,
      after[keyword] as JsonSchema | undefined,
    ];
    if (old === undefined && successor === undefined) continue;
    breaks.push(...compare({ before: old ?? {}, after: successor ?? {}, direction, at: `${at}/${keyword}` }));
  }
  return breaks;
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function schemas(value: unknown): Readonly<Record<string, JsonSchema>> {
  return (value ?? {}) as Readonly<Record<string, JsonSchema>>;
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
