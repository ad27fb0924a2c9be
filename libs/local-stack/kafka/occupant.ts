import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalStackError } from '../errors.ts';
import { processIdentity } from '../process-identity.ts';
import type { BrokerPlace } from './place.ts';

/** The broker process that last ran in a place, and the process it belonged to. */
interface Occupant {
  readonly pid: number;
  readonly identity: string;
  readonly ownerPid: number;
  readonly ownerIdentity: string;
}

const POLL_MS = 50;
const GUARD_TIMEOUT_MS = 20_000; // A guard kills what does not heed it after ten seconds.

/** Notes that broker `pid` runs in this place on behalf of this process. */
export function occupy(place: BrokerPlace, pid: number): void {
  const occupant: Occupant = {
    pid,
    identity: processIdentity(pid) ?? '',
    ownerPid: process.pid,
    ownerIdentity: processIdentity(process.pid) ?? '',
  };
  writeFileSync(occupantPath(place), `${JSON.stringify(occupant)}\n`);
}

/**
 * Returns once no broker runs in this place. Kafka itself reads and writes its metadata before it looks for another broker on the same
 * directory, so a second one must not even be started. If the owner of a running one is alive, this throws LOCAL_KAFKA_IN_USE; if the
 * owner was killed, its guard is about to end the broker.
 */
export async function waitUntilVacant(place: BrokerPlace): Promise<void> {
  const occupant = readOccupant(place);
  if (occupant === undefined) return;
  const deadline = performance.now() + GUARD_TIMEOUT_MS;
  while (processIdentity(occupant.pid) === occupant.identity) {
    const owned = processIdentity(occupant.ownerPid) === occupant.ownerIdentity;
    if (owned || performance.now() > deadline) {
      throw new LocalStackError('LOCAL_KAFKA_IN_USE', `another broker runs in ${place.dir}`, {
        path: place.dir,
        pid: occupant.pid,
      });
    }
    await pause(POLL_MS);
  }
}

const occupantPath = (place: BrokerPlace): string => join(place.dir, 'broker.json');

function readOccupant(place: BrokerPlace): Occupant | undefined {
  try {
    return JSON.parse(readFileSync(occupantPath(place), 'utf8')) as Occupant;
  } catch {
    return undefined;
  }
}
