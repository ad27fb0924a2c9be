import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { planProvider } from './plan.ts';
import { providerNames, type ProviderNames } from './provider-names.ts';
import { finish, writeFiles } from './write.ts';

interface Options {
  readonly dryRun?: true;
}

function nameArgument(text: string): ProviderNames {
  const names = providerNames(text);
  if (names === null) {
    throw new InvalidArgumentError('A letter from a to z, then letters or digits, at most 24: stripe.');
  }
  return names;
}

/** Answers the exit code. */
function addProvider(root: string, names: ProviderNames, { dryRun }: Options): 0 | 1 {
  const plan = planProvider(root, names);
  if (plan.kind === 'refused') return failed(plan.why, 'nothing was written');
  if (dryRun !== true) writeFiles(root, plan.files);
  for (const { kind, path } of plan.files) print(`${kind === 'new' ? 'new     ' : 'changed '} ${path}`);
  if (dryRun === true) {
    print('Nothing was written: --dry-run.');
    return 0;
  }
  const command = finish(root);
  if (command !== null) return failed(`${command} failed`, 'the files above are written; run it again');
  print(`
${names.pascal} is an example under another name: a vendor that nobody has. Now, with docs/adding-a-provider.md:
  npm run typecheck                                                        it compiles
  npm run jest -- --selectProjects unit contract -- provider-${names.lower}${' '.repeat(Math.max(1, 14 - names.lower.length))}it passes the suite, at its own simulator
  npm run demo -- --provider ${names.lower}${' '.repeat(Math.max(1, 46 - names.lower.length))}it refunds through trouble
Then replace words, rules and paths by the vendor's: MAPPINGS.md first.`);
  return 0;
}

function failed(happened: string, state: string): 1 {
  process.stderr.write(`new-provider: ${happened}\n  ${state}\n`);
  return 1;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const program = new Command('new-provider')
  .description('Add a payment provider: a module, its simulator, and every line that makes them known.')
  .usage('[options] <name>')
  .argument('<name>', 'a to z and digits, such as stripe', nameArgument)
  .option('--dry-run', 'show what would be written, and write nothing')
  .showHelpAfterError('(add --help for what is possible)')
  .addHelpText('after', '\nExit code: 0 done, 1 could not be done, 2 used wrongly.')
  .exitOverride()
  .action((names: ProviderNames, options: Options) => {
    process.exitCode = addProvider(process.cwd(), names, options);
  });

try {
  program.parse();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
