import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalStackError } from '../errors.ts';
import { guard } from '../guard.ts';
import { accepts } from '../port.ts';
import { serverEnvironment } from '../server-environment.ts';
import { logTail, openLog, readFrom } from '../server-log.ts';
import { type WatchedExit, watchExit } from '../watched-exit.ts';
import { occupy } from './occupant.ts';
import type { BrokerPlace } from './place.ts';
import { javaArguments, READY_TEXT } from './properties.ts';
import { JAVA } from './tools.ts';

const POLL_MS = 50;
const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 30_000;

/** A broker's process, from its start to its end. */
export interface BrokerProcess {
  readonly pid: number;
  readonly exit: WatchedExit;
}

/** What became of an attempt to start a broker. */
export type BrokerLaunch =
  | { readonly kind: 'running'; readonly broker: BrokerProcess }
  | { readonly kind: 'portTaken' };

/**
 * Starts a broker and waits until it serves. It is detached, so that Ctrl-C in the terminal reaches only our own process, which can
 * drain with its broker still there; a guard ends it when our process ends without having done so.
 */
export async function launchBroker(place: BrokerPlace, port: number): Promise<BrokerLaunch> {
  const log = openLog(place.logPath);
  const child = spawn(
    JAVA,
    [...javaArguments(place.jarsDir, place.log4jPath), 'kafka.Kafka', place.propertiesPath],
    { cwd: place.dir, env: serverEnvironment(), detached: true, stdio: ['ignore', log.file, log.file] },
  );
  closeSync(log.file);
  child.unref();
  const exit = watchExit(child);
  if (child.pid === undefined) throw startFailed(place, 'java is not there');
  exit.whenEnded(guard({ pid: child.pid, signal: 'TERM', remove: place.throwaway }));
  occupy(place, child.pid);
  const broker = { pid: child.pid, exit };
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const text = readFrom(place.logPath, log.start);
    if (text.includes(READY_TEXT) && (await accepts(port))) return { kind: 'running', broker };
    if (exit.how() !== undefined) return diagnose(place, text, exit);
    await pause(POLL_MS);
  }
  await endBroker(broker, 'SIGKILL');
  throw startFailed(place, `it was not ready after ${READY_TIMEOUT_MS} ms`);
}

/** Ends a broker and returns when its process is gone. One that does not heed SIGTERM is killed. */
export async function endBroker(broker: BrokerProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (broker.exit.how() === undefined) process.kill(broker.pid, signal);
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (broker.exit.how() === undefined) {
    if (performance.now() > deadline) process.kill(broker.pid, 'SIGKILL');
    await pause(POLL_MS);
  }
}

function diagnose(place: BrokerPlace, text: string, exit: WatchedExit): BrokerLaunch {
  if (text.includes('Address already in use')) return { kind: 'portTaken' };
  throw startFailed(place, `it ${exit.how()}`);
}

function startFailed(place: BrokerPlace, what: string): LocalStackError {
  return new LocalStackError(
    'LOCAL_KAFKA_START_FAILED',
    `the Kafka broker did not start: ${what}; ${place.logPath} ends with:\n${logTail(place.logPath, 10)}`,
    { log: place.logPath },
  );
}
