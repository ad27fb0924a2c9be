import { isRecord, unknownKeys } from './document.ts';
import type { Findings } from './faults.ts';

/** Names of the accounts in the books, with `{provider}`, `{account}` and `{currency}` in them; test money gets `test:` before it. */
export interface Books {
  readonly refunds: string;
  readonly provider: string;
  readonly external: string;
}

const DEFAULTS: Books = {
  refunds: 'refunds:{provider}:{account}',
  provider: 'provider:{provider}:{account}',
  external: 'external:{provider}:{account}',
};
const NAMES = ['refunds', 'provider', 'external'] as const;
const CHARACTERS_MAX = 120;

/** Reads the file's section `books`. */
export function readBooks(section: unknown, findings: Findings): Books {
  if (section === undefined) return DEFAULTS;
  if (!isRecord(section)) {
    findings.fault('books', 'must be an object');
    return DEFAULTS;
  }
  unknownKeys(section, NAMES, 'books', findings);
  const given: Partial<Record<(typeof NAMES)[number], string>> = {};
  for (const name of NAMES) {
    const value = section[name];
    if (value === undefined) continue;
    const fault = typeof value === 'string' ? faultOf(value) : 'must be text';
    if (fault === null) given[name] = value as string;
    else findings.fault(`books.${name}`, fault);
  }
  const books = { ...DEFAULTS, ...given };
  if (books.refunds === books.provider || books.external === books.provider) {
    findings.fault(
      'books',
      'the account of the provider must differ from the others: entries would cancel themselves',
    );
  }
  return books;
}

/** Names that plain-text accounting programs take, and that cannot be mistaken for those of test money. */
function faultOf(value: string): string | null {
  if (value.length > CHARACTERS_MAX) return `must be at most ${String(CHARACTERS_MAX)} characters`;
  const filled = value.replaceAll(/\{(?:provider|account|currency)\}/g, 'x');
  if (!/^[A-Za-z][A-Za-z0-9_.-]*(?::[A-Za-z0-9_.-]+)*$/.test(filled))
    return 'must be words of letters, digits, ., _ and - between colons; {provider}, {account} and {currency} stand for those of the refund';
  return /^test(:|$)/i.test(filled) ? 'must not begin with test: that is for test money' : null;
}
