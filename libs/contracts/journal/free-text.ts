import { hash } from 'node:crypto';

/** The members that people fill in. They stand last in every event, so that they can be cut off and erased. */
export const FREE_MEMBERS = ['requestedBy', 'reason', 'metadata'] as const;

export interface FreeText {
  /** JSON members without braces, in the order of `FREE_MEMBERS`; empty when there are none. */
  readonly freeText: string;
  /** Hex SHA-256 of the salt followed by the text. It enters the hash chain in the text's place, so the chain outlives an erasure. */
  readonly freeDigest: string;
}

/** Null, absent and empty pairs are left out. The salt is a secret of this refund and is erased together with the text. */
export function freeTextOf(
  parts: {
    readonly requestedBy: string | null;
    readonly reason: string | null;
    readonly metadata: Readonly<Record<string, string>>;
  },
  salt: Buffer,
): FreeText {
  const members: string[] = [];
  if (parts.requestedBy !== null) members.push(`"requestedBy":${JSON.stringify(parts.requestedBy)}`);
  if (parts.reason !== null) members.push(`"reason":${JSON.stringify(parts.reason)}`);
  const pairs = JSON.stringify(parts.metadata);
  if (pairs !== '{}') members.push(`"metadata":${pairs}`);
  const freeText = members.join(',');
  return { freeText, freeDigest: digestOfFreeText(freeText, salt) };
}

export function digestOfFreeText(freeText: string, salt: Buffer): string {
  return hash('sha256', Buffer.concat([salt, Buffer.from(freeText, 'utf8')]), 'hex');
}

/** The free text that an event carries, in the form that was digested; empty when there is none or it was erased. */
export function freeTextIn(event: string): string {
  const object = JSON.parse(event) as Readonly<Record<string, unknown>>;
  return FREE_MEMBERS.filter((member) => object[member] !== undefined)
    .map((member) => `"${member}":${JSON.stringify(object[member])}`)
    .join(',');
}

/** The event without its free text: what the hash chain covers, and what is left of the event after an erasure. */
export function coreOf(event: string): string {
  const object = JSON.parse(event) as Record<string, unknown>;
  for (const member of FREE_MEMBERS) Reflect.deleteProperty(object, member);
  return JSON.stringify(object);
}

/** The event as it is written: its core, with the free text at the end. */
export function withFreeText(core: string, freeText: string): string {
  return freeText === '' ? core : `${core.slice(0, -1)},${freeText}}`;
}
