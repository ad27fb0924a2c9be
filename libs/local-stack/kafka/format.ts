import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalStackError } from '../errors.ts';
import { serverEnvironment } from '../server-environment.ts';
import type { BrokerPlace } from './place.ts';
import { javaArguments, newClusterId } from './properties.ts';
import { JAVA } from './tools.ts';

const TIMEOUT_MS = 60_000;

/**
 * Gives an empty log directory its cluster identity, a new one each time: positions stored for another broker's partitions must not
 * be taken for positions in these.
 */
export async function formatLogDir(place: BrokerPlace): Promise<void> {
  if (existsSync(join(place.logDir, 'meta.properties'))) return;
  const tool = ['kafka.tools.StorageTool', 'format', '--ignore-formatted'];
  const target = ['-t', newClusterId(), '-c', place.propertiesPath];
  try {
    await promisify(execFile)(JAVA, [...javaArguments(place.jarsDir, place.log4jPath), ...tool, ...target], {
      cwd: place.dir,
      env: serverEnvironment(),
      timeout: TIMEOUT_MS,
    });
  } catch (error) {
    throw new LocalStackError(
      'LOCAL_KAFKA_START_FAILED',
      `the Kafka broker's directory ${place.logDir} could not be formatted`,
      { path: place.logDir },
      error,
    );
  }
}
