/** What a process does; any subset may run alone. */
export const ROLES = ['intake', 'executor', 'relay', 'http'] as const;

export type Role = (typeof ROLES)[number];

export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** Reads `intake,relay`; all roles when absent. @throws UsageError that names the unknown one. */
export function readRoles(text: string | undefined): ReadonlySet<Role> {
  if (text === undefined) return new Set(ROLES);
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !ROLES.some((role) => role === name));
  if (unknown.length > 0)
    throw new UsageError(`unknown role ${unknown.join(', ')}: the roles are ${ROLES.join(', ')}`);
  return new Set(ROLES.filter((role) => names.includes(role)));
}
