import { spawn } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { LocalStackError } from '../errors.ts';
import { withFileLock } from '../file-lock.ts';
import { type KafkaRelease, MAVEN, mavenEnvironment } from './tools.ts';

const FETCH_TIMEOUT_MS = 600_000;
const FILES_PER_LINE = 50;
const COMPLAINTS_MAX = 5;

/**
 * Fetches the broker's jars unless they are there. One process fetches, others wait for it; the directory gets its name only when
 * complete, so an interrupted fetch is done again.
 */
export async function fetchJars(release: KafkaRelease, log?: (line: string) => void): Promise<void> {
  if (existsSync(release.jarsDir)) return;
  await withFileLock(release.lockPath, FETCH_TIMEOUT_MS, async () => {
    if (existsSync(release.jarsDir)) return;
    log?.(`fetching Apache Kafka ${release.version} with Maven (54 MB, once)`);
    const unfinished = `${release.jarsDir}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    await runMaven(release, unfinished, log);
    renameSync(unfinished, release.jarsDir);
  });
}

async function runMaven(
  release: KafkaRelease,
  directory: string,
  log: ((line: string) => void) | undefined,
): Promise<void> {
  const child = spawn(
    MAVEN,
    ['-B', '-f', release.pomPath, 'dependency:copy-dependencies', `-DoutputDirectory=${directory}`],
    { env: mavenEnvironment(), stdio: ['ignore', 'pipe', 'ignore'], timeout: FETCH_TIMEOUT_MS },
  );
  const complaints: string[] = [];
  let files = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('[ERROR]') && complaints.length < COMPLAINTS_MAX) complaints.push(line);
    if (!line.includes('Downloaded from')) return;
    files += 1;
    if (files % FILES_PER_LINE === 0) log?.(`fetching Apache Kafka ${release.version}: ${files} files`);
  });
  const status = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'no status'));
  });
  if (status !== 0) {
    throw new LocalStackError(
      'LOCAL_KAFKA_FETCH_FAILED',
      `Maven could not fetch Apache Kafka (${status}); set KAFKA_BROKERS to use a broker of yours\n${complaints.join('\n')}`,
      { status },
    );
  }
}
