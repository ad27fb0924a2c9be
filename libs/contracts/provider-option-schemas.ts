import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { JsonSchema } from './events/decorators.ts';

const SUFFIX = '.schema.json';

/** The options' schemas that provider modules left in `contracts/provider-options/<provider>.schema.json`, by provider. */
export function providerOptionSchemas(contractsDirectory: string): Readonly<Record<string, JsonSchema>> {
  const directory = join(contractsDirectory, 'provider-options');
  if (!existsSync(directory)) return {};
  const names = readdirSync(directory).filter((name) => name.endsWith(SUFFIX));
  return Object.fromEntries(
    names.map((name) => [
      basename(name, SUFFIX),
      JSON.parse(readFileSync(join(directory, name), 'utf8')) as JsonSchema,
    ]),
  );
}
