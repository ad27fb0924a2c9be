import type { Findings } from './faults.ts';
import { suggestion } from './nearest.ts';

export type Document = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses the configuration file and checks its top level. Faults name the path inside the file. `{}` when it cannot be used at all. */
export function readDocument(
  path: string,
  readFile: (path: string) => string,
  sections: readonly string[],
  findings: Findings,
): Document {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    findings.fault('REFUNDRY_CONFIG', `cannot read ${path} (${reason(error)})`);
    return {};
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text around the fault, which may be a secret.
    findings.fault('REFUNDRY_CONFIG', `${path} is not JSON`);
    return {};
  }
  if (!isRecord(document)) {
    findings.fault('REFUNDRY_CONFIG', `${path} must contain one JSON object`);
    return {};
  }
  unknownKeys(document, sections, '', findings);
  return document;
}

/** Reports every key that is not known, by its path. */
export function unknownKeys(
  value: Document,
  known: readonly string[],
  path: string,
  findings: Findings,
): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      findings.fault(path === '' ? key : `${path}.${key}`, `unknown; ${suggestion(key, known)}`);
    }
  }
}

function reason(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
}
