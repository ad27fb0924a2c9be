import 'reflect-metadata';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { validateSync } from 'class-validator';
import { ENVIRONMENT, EXECUTOR, LIMITS, RELAY, SEALER, type LimitRule } from '#libs/config';
import {
  DEAD_LETTERS,
  readRequest,
  REJECTIONS,
  RefundCompleted,
  RefundFailed,
  RefundStatusChanged,
} from '#libs/contracts';
import { LOCAL_STACK_ERROR_CODES } from '#libs/local-stack';
import { createMetrics, STEPS } from '#libs/observability';
import { TRANSITIONS } from '#libs/refund';
import { refundctl } from '../apps/refundctl/refundctl.ts';

const root = resolve(import.meta.dirname, '..');

function filesUnder(directory: string, wanted: (path: string) => boolean): readonly string[] {
  return readdirSync(join(root, directory), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => wanted(path));
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

const pages = ['README.md', 'CHANGELOG.md', ...filesUnder('docs', (path) => path.endsWith('.md'))];
const programs = [...filesUnder('apps', isProgram), ...filesUnder('libs', isProgram)];

function isProgram(path: string): boolean {
  return /\.(ts|sql)$/.test(path) && !/\.spec\.ts$|\/testing\//.test(path);
}

/** The part of a page between a heading and the next one of the same or a higher level. */
function section(page: string, heading: string): string {
  const lines = read(page).split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (start === -1) throw new Error(`${page} has no heading "${heading}"`);
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 1;
  const length = lines.slice(start + 1).findIndex((line) => new RegExp(`^#{1,${String(level)}} `).test(line));
  return lines.slice(start + 1, length === -1 ? undefined : start + 1 + length).join('\n');
}

/** Rows of the tables in a text, without head and rule; cells without backticks. */
function rows(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const isRule = (line: string | undefined): boolean => line !== undefined && /^\|[ :|-]+\|$/.test(line);
  return lines
    .filter((line, index) => !isRule(line) && !isRule(lines[index + 1]))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('`', '').replaceAll('\\|', '|')),
    );
}

function firstCells(text: string): readonly string[] {
  return rows(text).flatMap(([cell]) => cell ?? []);
}

function sorted(values: Iterable<string>): readonly string[] {
  return [...new Set(values)].toSorted();
}

/** What a page shows as code: inline and in fenced blocks, line by line. */
function codeOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^ *```[^\n]*\n(.*?)^ *```/gms)].flatMap(
    ([, block]) => block?.split('\n') ?? [],
  );
  return [...blocks, ...inlineCodeOf(text)];
}

function inlineCodeOf(text: string): readonly string[] {
  const prose = text.replace(/^ *```.*?^ *```/gms, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].flatMap(([, code]) => code ?? []);
}

function fenced(page: string, language: string, wanted: RegExp): string {
  const blocks = [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))];
  const found = blocks.map(([, block]) => block ?? '').find((block) => wanted.test(block));
  if (found === undefined) throw new Error(`${page} has no ${language} block with ${wanted.source}`);
  return found;
}

describe('docs/ERRORS.md', () => {
  /** Names in capitals that are no codes of ours: variables, and words of Kafka, Node, Maven and the providers' interfaces. */
  const FOREIGN = new Set([
    ...ENVIRONMENT.map(({ name }) => name),
    'REFUNDRY_CRASH_AT',
    'REFUNDRY_STALL_AT',
    'JAVA_HOME',
    'ERR_BUFFER_TOO_LARGE',
    'FENCED_INSTANCE_ID',
    'ILLEGAL_GENERATION',
    'MESSAGE_TOO_LARGE',
    'OFFSET_OUT_OF_RANGE',
    'TOPIC_AUTHORIZATION_FAILED',
    'UNKNOWN_MEMBER_ID',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ]);
  const documented = firstCells(read('docs/ERRORS.md')).filter((cell) => /^[A-Z][A-Z0-9_]+$/.test(cell));
  const inCode = programs
    .filter((path) => path.endsWith('.ts') && (!path.startsWith('apps/sandbox/') || path.includes('/admin/')))
    .flatMap((path) => [...read(path).matchAll(/'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'|code = '([A-Z]+)'/g)])
    .map(([, long, short]) => long ?? short ?? '')
    .filter((code) => !FOREIGN.has(code));
  // The demo names the app that did not start: `${app.toUpperCase()}_NOT_STARTED`.
  const composed = ['PROCESSOR_NOT_STARTED', 'SANDBOX_NOT_STARTED'];
  const known = [...inCode, ...composed, ...Object.keys(REJECTIONS), ...Object.keys(DEAD_LETTERS)];

  it('has a row for every code in the programs, and no code that they do not have', () => {
    expect(sorted(documented)).toEqual(sorted(known));
  });

  it('lists every code of RefundFailed and of the dead-letter topic under its own heading', () => {
    expect(sorted(firstCells(section('docs/ERRORS.md', 'Dead letters')))).toEqual(
      sorted(Object.keys(DEAD_LETTERS)),
    );
    expect(sorted(firstCells(section('docs/ERRORS.md', 'Rejected requests')))).toEqual(
      sorted(Object.keys(REJECTIONS)),
    );
    expect(sorted(firstCells(section('docs/ERRORS.md', 'Servers on this machine')))).toEqual(
      sorted(LOCAL_STACK_ERROR_CODES),
    );
  });

  it('says in every row what happened and what to do', () => {
    const short = rows(read('docs/ERRORS.md')).filter(
      (cells) => cells.length < 3 || cells.some((cell) => cell === ''),
    );
    expect(short).toEqual([]);
  });
});

describe('the configuration in the documents', () => {
  it('is the list of variables the programs read, word for word', () => {
    const expected = ENVIRONMENT.map((variable) => [
      variable.name,
      variable.meaning,
      variable.default ?? '–',
    ]);
    expect(rows(section('README.md', 'Configuration')).map((cells) => [...cells])).toEqual(expected);
  });

  it.each([
    ['limits', LIMITS],
    ['executor', EXECUTOR],
    ['relay', RELAY],
    ['sealer', SEALER],
  ] as const)('has every number of the section %s with its default and range', (name, rules) => {
    const expected = Object.entries<LimitRule>(rules).map(([number, rule]) => [
      number,
      String(rule.default),
      `${String(rule.min)} – ${String(rule.max)}`,
      rule.meaning,
    ]);
    expect(rows(section('docs/CONFIGURATION.md', name)).map((cells) => [...cells])).toEqual(expected);
  });
});

describe('docs/ARCHITECTURE.md', () => {
  interface Rule {
    readonly name: string;
    readonly from: { readonly path?: string };
    readonly to: { readonly path?: string; readonly pathNot?: readonly string[] };
  }

  const namesIn = (pattern: string): readonly string[] => {
    const [, group = ''] = /^\^libs\/\(?([^)]*?)\)?\/$/.exec(pattern) ?? [];
    return group.split('|').filter((part) => part !== '');
  };

  it('has the layer rules that the machine checks, with what each part may import', async () => {
    const file = pathToFileURL(join(root, '.dependency-cruiser.mjs')).href;
    const { default: cruiser } = (await import(file)) as { default: { forbidden: readonly Rule[] } };
    const expected = cruiser.forbidden.map(({ name, from, to }) => {
      const isLayer = to.path === '^(libs|apps|test)/';
      if (!isLayer) return [name];
      const allowed = (to.pathNot ?? []).slice(1).flatMap(namesIn);
      return [name, sorted(namesIn(from.path ?? '')).join(', '), sorted(allowed).join(', ')];
    });
    const layers = new Set(expected.filter(({ length }) => length > 1).map(([name]) => name));
    const table = rows(section('docs/ARCHITECTURE.md', 'Layers')).map(
      ([name = '', part = '', allowed = '']) =>
        layers.has(name)
          ? [
              name,
              sorted(part.split(', ')).join(', '),
              sorted(allowed === 'nothing' ? [] : allowed.split(', ')).join(', '),
            ]
          : [name],
    );
    expect(table).toEqual(expected);
  });

  it('says for every crash point what is found afterwards', () => {
    expect(firstCells(section('docs/ARCHITECTURE.md', 'Killed at any point'))).toEqual(STEPS);
  });
});

describe('docs/GLOSSARY.md', () => {
  it('has every state', () => {
    expect(sorted(firstCells(section('docs/GLOSSARY.md', 'States')))).toEqual(
      sorted(Object.keys(TRANSITIONS)),
    );
  });

  it('uses names that the programs use', () => {
    const text = programs.map(read).join('\n');
    const names = read('docs/GLOSSARY.md')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .flatMap((line) => inlineCodeOf(line))
      .filter((name) => /^[A-Za-z_]+$/.test(name));
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });
});

describe('docs/RUNBOOK.md', () => {
  it('explains every metric', () => {
    const { registry } = createMetrics();
    const names = registry.getMetricsAsArray().map(({ name }) => name);
    expect(sorted(firstCells(section('docs/RUNBOOK.md', 'Metrics')))).toEqual(sorted(names));
  });
});

describe('every page', () => {
  it.each(pages)('%s names only files that exist', (page) => {
    const rooted =
      /^(?:apps|libs|test|docs|contracts)\/[\w./-]*$|^[\w.-]+\.(?:json|mjs|js|md|ya?ml)$|^(?:Dockerfile|LICENSE)$/;
    const named = inlineCodeOf(read(page)).filter((code) => rooted.test(code));
    const links = [...read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].flatMap(([, link]) => link ?? []);
    const local = links.filter((link) => !/^[a-z]+:/.test(link));
    const missing = [
      ...named.filter((path) => !existsSync(join(root, path))),
      ...local.filter((link) => !existsSync(join(root, page, '..', link))),
    ];
    expect(missing).toEqual([]);
  });

  it.each(pages)('%s names only npm scripts that exist', (page) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
    const called = codeOf(read(page)).flatMap((code) => [
      ...[...code.matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)].flatMap(([, name]) => name ?? []),
      ...[...code.matchAll(/npm (start|test)\b/g)].flatMap(([, name]) => name ?? []),
    ]);
    expect(called.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it.each(pages)('%s calls refundctl with commands and options that it has', async (page) => {
    const calls = codeOf(read(page)).flatMap((code) => {
      const [, words, rest = ''] = /\brefundctl(?: --)? ((?:[a-z]+ ?)+)(.*)/.exec(code) ?? [];
      return words === undefined
        ? []
        : [{ words: words.trim().split(' '), options: rest.match(/--[a-z-]+/g) ?? [] }];
    });
    const unknown: string[] = [];
    for (const { words, options } of calls) {
      const help = await helpOf(words);
      if (help === null) unknown.push(words.join(' '));
      else unknown.push(...options.filter((option) => !help.includes(option)));
    }
    expect(unknown).toEqual([]);
  });

  /** The help of the command that the first words name; null when there is none, or when it would need another word. */
  async function helpOf(words: readonly string[]): Promise<string | null> {
    for (let length = Math.min(4, words.length); length > 0; length -= 1) {
      const command = words.slice(0, length);
      let printed = '';
      const keep = (text: string): void => {
        printed += text;
      };
      await refundctl([...command, '--help'], { env: {}, out: keep, err: keep });
      if (printed.startsWith(`Usage: refundctl ${command.join(' ')} `))
        return printed.includes('\nCommands:') ? null : printed;
    }
    return null;
  }
});

describe('the examples of the README', () => {
  it('send a request that intake accepts', () => {
    const example = fenced('README.md', 'js', /ce_type/);
    const body = JSON.parse(/JSON\.stringify\((\{.*?\})\)/s.exec(example)?.[1] ?? '') as {
      paymentId: string;
    };
    const headers = [...example.matchAll(/'?(ce_[a-z]+|content-type)'?: '([^']*)'/g)].map(
      ([, name = '', value = '']) => ({
        name,
        value: Buffer.from(value),
      }),
    );
    const incoming = readRequest({
      key: Buffer.from(body.paymentId),
      value: Buffer.from(JSON.stringify(body)),
      headers,
    });
    expect(incoming).toMatchObject({ kind: 'request', request: { rejections: [], redacted: false } });
  });

  it.each([
    ['RefundCompleted', RefundCompleted],
    ['RefundFailed', RefundFailed],
    ['RefundStatusChanged', RefundStatusChanged],
  ] as const)('show a %s that the contract allows', (name, event: ClassConstructor<object>) => {
    const field = {
      RefundCompleted: /"completedAt"/,
      RefundFailed: /"failedAt"/,
      RefundStatusChanged: /"version"/,
    }[name];
    const shown: object = plainToInstance(event, JSON.parse(fenced('README.md', 'json', field)) as object);
    expect(
      validateSync(shown, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true }),
    ).toEqual([]);
  });
});
