import type { ProviderNames } from './provider-names.ts';
import { configRules, scenarioScript, variableRows, variables } from './snippets.ts';

/** Where a provider's name has to stand beside its own folders. */
export interface Registration {
  readonly path: string;
  /** The file with the provider in it; null when the place for it is not found, or not once. */
  readonly edit: (text: string, names: ProviderNames) => string | null;
}

/** Every place in the order in which a refund meets them. Each is found by the code around it; a test tries all of them on the files as they are. */
export const REGISTRATIONS: readonly Registration[] = [
  {
    path: 'libs/contracts/rules.ts',
    edit: (text, { lower }) => after(text, 'export const PROVIDERS = [', `'${lower}', `),
  },
  {
    path: 'libs/config/providers.ts',
    edit: (text, names) => {
      const list = 'export const PROVIDERS: Readonly<Record<string, ProviderRules>> = {\n';
      return after(text, list, '') === null ? null : beforeEnd(text, '\n};\n', configRules(names));
    },
  },
  {
    path: 'libs/config/environment.ts',
    edit: (text, names) => afterLine(text, "  plain('SANDBOX_PORT'", variables(names)),
  },
  {
    path: 'README.md',
    edit: (text, names) => afterLine(text, '| `SANDBOX_PORT` |', variableRows(names)),
  },
  {
    path: 'apps/processor/accounts.ts',
    edit: (text, { lower, pascal }) =>
      both(
        text,
        [
          "import type { RefundSubmitter } from '#libs/provider-kit/submit';\n",
          `import { create${pascal} } from '#libs/provider-${lower}/submit';\n`,
        ],
        ['new Map<string, Provider>([', `['${lower}', create${pascal}({ edge, callTimeoutMs })],`],
      ),
  },
  {
    path: 'apps/sandbox/provider-name.ts',
    edit: (text, { lower }) => after(text, 'export const providerNames = [', `'${lower}', `),
  },
  {
    path: 'apps/sandbox/sandbox.ts',
    edit: (text, { lower, pascal }) =>
      both(
        text,
        [
          "import { ProviderCalls } from './calls/provider-calls.ts';\n",
          `import { ${pascal}Simulator } from './${lower}/${lower}-simulator.ts';\n`,
        ],
        ['const all: ProviderSimulator[] = [', `new ${pascal}Simulator(surroundings),`],
      ),
  },
  {
    path: 'libs/scenario/plan.ts',
    edit: (text, { lower }) => after(text, 'export type ScenarioProvider = ', `'${lower}' | `),
  },
  {
    path: 'libs/scenario/provider-script.ts',
    edit: (text, names) => {
      const list = 'export const SCRIPTS: Readonly<Record<ScenarioProvider, ProviderScript>> = {\n';
      const added = after(text, list, `${names.lower}: ${names.upper},\n`);
      return added?.replace(list, () => `${scenarioScript(names)}\n${list}`) ?? null;
    },
  },
  {
    path: 'apps/refundctl/providers.ts',
    edit: (text, { lower, pascal }) =>
      both(
        text,
        [
          "import { createBraintreeReading } from '#libs/provider-braintree';\n",
          `import { create${pascal}Reading } from '#libs/provider-${lower}';\n`,
        ],
        ['new Map<string, Create>([', `['${lower}', create${pascal}Reading],`],
      ),
  },
  {
    // Real credentials in the shell must not reach the demo's processor.
    path: 'apps/refundctl/demo/stack.ts',
    edit: (text, { upper }) => after(text, '/^(RAZORPAY_|', `${upper}_|`),
  },
  { path: 'nest-cli.json', edit: (text, { lower }) => addLibrary(text, `provider-${lower}`) },
];

/** Inserts behind a text that occurs exactly once. */
function after(text: string, anchor: string, insertion: string): string | null {
  const [head, tail, ...more] = text.split(anchor);
  return head === undefined || tail === undefined || more.length > 0
    ? null
    : `${head}${anchor}${insertion}${tail}`;
}

function both(
  text: string,
  first: readonly [string, string],
  second: readonly [string, string],
): string | null {
  const half = after(text, ...first);
  return half === null ? null : after(half, ...second);
}

/** Inserts lines below the only line that begins so. */
function afterLine(text: string, beginning: string, insertion: string): string | null {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith(beginning));
  const isOnly = lines.findLastIndex((line) => line.startsWith(beginning)) === at;
  if (at === -1 || !isOnly) return null;
  return [...lines.slice(0, at + 1), insertion.trimEnd(), ...lines.slice(at + 1)].join('\n');
}

/** Inserts before what the file ends with. */
function beforeEnd(text: string, ending: string, insertion: string): string | null {
  return text.endsWith(ending) ? `${text.slice(0, -ending.length)}\n${insertion.trimEnd()}${ending}` : null;
}

interface NestCli {
  readonly projects?: Readonly<Record<string, unknown>>;
}

function addLibrary(text: string, name: string): string | null {
  const cli = JSON.parse(text) as NestCli;
  if (cli.projects === undefined) return null;
  const root = `libs/${name}`;
  const library = {
    type: 'library',
    root,
    entryFile: 'index',
    sourceRoot: root,
    compilerOptions: { tsConfigPath: 'tsconfig.build.json' },
  };
  return `${JSON.stringify({ ...cli, projects: { ...cli.projects, [name]: library } }, null, 2)}\n`;
}
