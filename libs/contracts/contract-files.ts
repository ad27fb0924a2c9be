import { asyncApi } from './asyncapi.ts';
import type { JsonSchema } from './events/decorators.ts';
import { composeSchemas } from './schemas.ts';

/** The files of `contracts/` by name, as they are to be. */
export function contractFiles(
  providerOptionSchemas: Readonly<Record<string, JsonSchema>>,
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, schema] of Object.entries(composeSchemas(providerOptionSchemas))) {
    files.set(`${name}.schema.json`, text(schema));
  }
  return files.set('asyncapi.json', text(asyncApi(providerOptionSchemas)));
}

function text(value: JsonSchema): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
