import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createHttpEdge, type ProviderModule } from '#libs/provider-kit';
import { createBraintreeReading } from '#libs/provider-braintree';
import { createRazorpayReading } from '#libs/provider-razorpay';
import { createRobokassaReading } from '#libs/provider-robokassa';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Row {
  readonly feature: string;
  readonly ask: string;
  readonly proof: string;
}

/** The rows of a provider's table, as they are written. */
function rowsOf(provider: string): readonly Row[] {
  const page = read('docs/providers.md');
  const [, section = ''] = page.split(`\n## ${provider}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => {
    const [feature = '', ask = '', proof = '', ...more] = line.slice(1, -1).split('|');
    if (more.length > 0) throw new Error(`more than three cells: ${line}`);
    return { feature: feature.trim(), ask: ask.trim(), proof: proof.trim() };
  });
}

const CALL = /^( *)(?:describe|it)(\.each)?\b/;
const QUOTED = /^\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")/;

/** The titles of a test file's cases, each with those of the blocks around it. A block ends where a line stands as far left as it does. */
function titlesIn(path: string): readonly string[] {
  const lines = read(path).split('\n');
  const around: { readonly indent: number; readonly title: string }[] = [];
  const titles: string[] = [];
  let untilLine = -1;
  for (const [at, line] of lines.entries()) {
    const indent = line.search(/\S/);
    if (at > untilLine && indent !== -1) while ((around.at(-1)?.indent ?? -1) >= indent) around.pop();
    const [, spaces, each] = CALL.exec(line) ?? [];
    if (spaces === undefined) continue;
    const rest = lines.slice(at).join('\n');
    const opened = each === undefined ? rest.indexOf('(') + 1 : openOf(rest);
    const [quoted, single, double] = QUOTED.exec(rest.slice(opened)) ?? [];
    if (quoted === undefined) continue;
    untilLine = at + rest.slice(0, opened + quoted.length).split('\n').length - 1;
    const title = (single ?? double ?? '').replace(/\\(.)/g, '$1');
    around.push({ indent: spaces.length, title });
    titles.push(around.map((one) => one.title).join(' › '));
  }
  return titles;
}

/** Where the title of `it.each(…)(` begins: behind the first call of what a call gives. */
function openOf(text: string): number {
  const found = /\)\(\s*['"]/.exec(text);
  return found === null ? 0 : found.index + 2;
}

const titlesByFile = new Map<string, readonly string[]>();
function titlesOf(path: string): readonly string[] {
  const titles = titlesByFile.get(path) ?? titlesIn(path);
  titlesByFile.set(path, titles);
  return titles;
}

const edge = createHttpEdge();
const modules: Readonly<Record<string, ProviderModule>> = {
  Razorpay: createRazorpayReading({ edge, callTimeoutMs: 1000 }).module,
  Braintree: createBraintreeReading({ edge, callTimeoutMs: 1000 }).module,
  RoboKassa: createRobokassaReading({ edge, callTimeoutMs: 1000 }).module,
};

afterAll(() => {
  edge.close();
});

/** Everything in a cell that begins as JSON. */
function fragmentsIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`(\{[^`]*)`/g)].flatMap(([, fragment]) => fragment ?? []);
}

/** What a provider's own rules say against a fragment of a request. */
function faultsIn(module: ProviderModule, fragment: string): readonly string[] {
  const request = JSON.parse(fragment) as {
    readonly paymentId?: string;
    readonly currency?: string;
    readonly providerOptions?: Readonly<Record<string, unknown>>;
  };
  const { paymentId, currency, providerOptions, ...rest } = request;
  const unknown = Object.keys(rest).filter((name) => name !== 'amount');
  const isTaken = currency === undefined || module.currencyDecimals(currency) !== null;
  return [
    ...unknown.map((name) => `${name} is no field`),
    ...(isTaken ? [] : [`${currency} is not taken`]),
    ...module.checkOptions(providerOptions ?? {}).map(({ message }) => message),
    ...(paymentId === undefined ? [] : module.checkPaymentId(paymentId).map(({ message }) => message)),
  ];
}

describe.each(Object.entries(modules))('docs/providers.md, %s', (provider, module) => {
  const rows = rowsOf(provider);

  it('has rows, each with a feature, a way to ask for it and a proof', () => {
    expect(rows.length).toBeGreaterThan(30);
    const short = rows.filter((row) => Object.values(row).includes(''));
    expect(short).toEqual([]);
  });

  it('says in every row what to send, what to run, or what always happens', () => {
    const vague = rows.filter(({ ask }) => !/`\{"|`refundctl |^always: /.test(ask));
    expect(vague).toEqual([]);
  });

  it('shows fragments of requests that the provider’s rules accept', () => {
    const faults = rows.flatMap(({ ask }) =>
      fragmentsIn(ask).flatMap((fragment) => faultsIn(module, fragment).map((fault) => [fragment, fault])),
    );
    expect(faults).toEqual([]);
  });

  it('names in every row a test that exists', () => {
    const missing = rows.filter(({ proof }) => {
      const [, path = '', title = ''] = /^`([^`]+\.spec\.ts)` › (.+)$/.exec(proof) ?? [];
      return path === '' || !titlesOf(path).includes(title);
    });
    expect(missing.map(({ proof }) => proof)).toEqual([]);
  });
});

describe('finding the titles of a test file', () => {
  it('takes those of this one, nested as they are', () => {
    const titles = titlesOf('test/docs-providers.unit.spec.ts');
    expect(titles).toContain(
      'finding the titles of a test file › takes those of this one, nested as they are',
    );
    expect(titles).toContain('docs/providers.md, %s › names in every row a test that exists');
    expect(titles).not.toContain('names in every row a test that exists');
  });
});
