/** Writes `contracts/` from the classes: `npm run contracts`, in the project's root. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contractFiles } from './contract-files.ts';
import { providerOptionSchemas } from './provider-option-schemas.ts';

const directory = join(process.cwd(), 'contracts');
mkdirSync(directory, { recursive: true });
for (const [name, text] of contractFiles(providerOptionSchemas(directory))) {
  writeFileSync(join(directory, name), text);
  process.stdout.write(`contracts/${name}\n`);
}
