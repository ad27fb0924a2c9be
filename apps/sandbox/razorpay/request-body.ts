import type { FastifyRequest } from 'fastify';

/**
 * The body as an object: JSON, or a form as the PHP library sends it (`notes[key]=value`). An absent body is an empty object, an
 * unreadable one undefined.
 */
export function readBody(request: FastifyRequest): Record<string, unknown> | undefined {
  const text = bodyText(request);
  if (text === '') {
    return {};
  }
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true) {
    return readForm(text);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) {
      return value.length === 0 ? {} : undefined;
    }
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

export function bodyText(request: FastifyRequest): string {
  return typeof request.body === 'string' ? request.body : '';
}

export function namesBeside(body: Record<string, unknown>, known: readonly string[]): string[] {
  return Object.keys(body).filter((name) => !known.includes(name));
}

function readForm(text: string): Record<string, unknown> {
  const fields: [string, unknown][] = [];
  const notes: [string, string][] = [];
  for (const [name, value] of new URLSearchParams(text)) {
    const noteKey = /^notes\[(.*)\]$/.exec(name)?.[1];
    if (noteKey === undefined) {
      fields.push([name, value]);
    } else {
      notes.push([noteKey, value]);
    }
  }
  if (notes.length > 0) {
    fields.push(['notes', Object.fromEntries(notes)]);
  }
  return Object.fromEntries(fields);
}
