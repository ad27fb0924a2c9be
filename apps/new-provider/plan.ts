import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { EXAMPLE, renamed, type ProviderNames } from './provider-names.ts';
import { REGISTRATIONS } from './registrations.ts';

export interface PlannedFile {
  readonly kind: 'new' | 'changed';
  /** From the project's root. */
  readonly path: string;
  readonly content: string;
}

export type Plan =
  | { readonly kind: 'plan'; readonly files: readonly PlannedFile[] }
  | { readonly kind: 'refused'; readonly why: string };

const FOLDERS = [`libs/provider-${EXAMPLE}`, `apps/sandbox/${EXAMPLE}`];

/** Everything that a new provider needs, worked out before anything is written, so that a place that is not found leaves nothing half done. */
export function planProvider(root: string, names: ProviderNames): Plan {
  const missing = [...FOLDERS, ...REGISTRATIONS.map(({ path }) => path)].find(
    (path) => !existsSync(join(root, path)),
  );
  if (missing !== undefined) {
    return refused(`${missing} is not here; run it in the root of a clone of Refundry`);
  }
  const taken = FOLDERS.map((folder) => renamed(folder, names)).find((path) => existsSync(join(root, path)));
  if (taken !== undefined) return refused(`${taken} exists already; nothing is ever overwritten`);
  const files = FOLDERS.flatMap((folder) => copied(root, folder, names));
  for (const registration of REGISTRATIONS) {
    const { path } = registration;
    const text = readFileSync(join(root, path), 'utf8');
    // As a word of its own: the name of a variable, a type or another provider would be something else twice.
    if (new RegExp(`\\b(${names.lower}\\b|${names.upper}_)`).test(text)) {
      return refused(`${path} uses the word ${names.lower} already; choose another name`);
    }
    const content = registration.edit(text, names);
    if (content === null) {
      return refused(
        `${path} has no place where a provider can be added: apps/new-provider/registrations.ts expects it to look otherwise`,
      );
    }
    files.push({ kind: 'changed', path, content });
  }
  return { kind: 'plan', files };
}

function copied(root: string, folder: string, names: ProviderNames): PlannedFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted()
    .map((path) => ({
      kind: 'new',
      path: renamed(path, names),
      content: renamed(readFileSync(join(root, path), 'utf8'), names),
    }));
}

function refused(why: string): Plan {
  return { kind: 'refused', why };
}
