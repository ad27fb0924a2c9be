import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { LocalStackError } from '../errors.ts';
import type { Place } from './place.ts';

export const DATABASE_USER = 'refundry';
export const DATABASE_NAME = 'refundry';

/** What is needed to connect, kept in a file only its owner can read. */
export interface Credentials {
  readonly port: number;
  readonly password: string;
}

export const newPassword = (): string => randomBytes(24).toString('base64url');

/** The credentials of an existing database. */
export function readCredentials(place: Place): Credentials {
  try {
    return JSON.parse(readFileSync(place.settingsPath, 'utf8')) as Credentials;
  } catch (error) {
    throw passwordLost(place, error);
  }
}

/** Replaces the file as a whole, so that a crash leaves the old or the new one. */
export function writeCredentials(place: Place, credentials: Credentials): void {
  const unfinished = `${place.settingsPath}.unfinished`;
  writeFileSync(unfinished, `${JSON.stringify(credentials)}\n`, { mode: 0o600 });
  renameSync(unfinished, place.settingsPath);
}

export function passwordLost(place: Place, cause: unknown): LocalStackError {
  return new LocalStackError(
    'LOCAL_POSTGRES_PASSWORD_LOST',
    `${place.settingsPath} does not hold the password of the database in ${place.databaseDir}: restore the file, or remove both to start afresh`,
    { settings: place.settingsPath, database: place.databaseDir },
    cause,
  );
}

export function connectionUrl(credentials: Credentials, database: string): string {
  return `postgres://${DATABASE_USER}:${credentials.password}@127.0.0.1:${credentials.port}/${database}`;
}
