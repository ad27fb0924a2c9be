import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { serverEnvironment } from '../server-environment.ts';

const run = promisify(execFile);

const JAVA_MAJOR_MIN = 17; // Kafka 4 brokers are compiled for it.
const PROBE_TIMEOUT_MS = 30_000;

/** The programs of this machine that a broker needs. Maven looks at JAVA_HOME too, so both use the same Java. */
export const JAVA =
  process.env['JAVA_HOME'] === undefined ? 'java' : join(process.env['JAVA_HOME'], 'bin', 'java');
export const MAVEN = 'mvn';

/** Whether a broker can be started here, and if not, what is missing. */
export type KafkaAvailability = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Where the jars of the release in `pom.xml` are, or will be once fetched. */
export interface KafkaRelease {
  readonly version: string;
  readonly pomPath: string;
  readonly jarsDir: string;
  readonly lockPath: string;
}

/** Looks for Java and, unless the jars were fetched before, for Maven. Starts and fetches nothing. */
export async function kafkaAvailable(): Promise<KafkaAvailability> {
  const release = kafkaRelease();
  if (release === undefined) return { ok: false, why: 'libs/local-stack/kafka/pom.xml is not there' };
  const java = await javaMajor();
  if (java === undefined)
    return {
      ok: false,
      why: `no Java found on the PATH or by JAVA_HOME (${JAVA_MAJOR_MIN} or newer is needed)`,
    };
  if (java < JAVA_MAJOR_MIN)
    return { ok: false, why: `Java ${java} is too old (${JAVA_MAJOR_MIN} or newer is needed)` };
  if (!existsSync(release.jarsDir) && !(await hasMaven())) {
    return { ok: false, why: 'no `mvn` on the PATH (Maven fetches Apache Kafka once)' };
  }
  return { ok: true };
}

/** The release `pom.xml` names. The file is read from the sources, compiled or not: the compiler copies no XML. */
export function kafkaRelease(): KafkaRelease | undefined {
  const root = projectRoot();
  const pomPath = join(root, 'libs', 'local-stack', 'kafka', 'pom.xml');
  if (!existsSync(pomPath)) return undefined;
  const version = readFileSync(pomPath, 'utf8').match(/<kafka\.version>(.+?)<\/kafka\.version>/)?.[1];
  if (version === undefined) return undefined;
  const cache = join(root, 'node_modules', '.cache', 'refundry');
  return {
    version,
    pomPath,
    jarsDir: join(cache, `kafka-${version}`),
    lockPath: join(cache, 'kafka.lock'),
  };
}

/** The environment Maven may see: what it needs to find Java, its own settings and a proxy, and no provider's keys. */
export function mavenEnvironment(): NodeJS.ProcessEnv {
  const wanted = /^(PATH|HOME|USER|LANG|LC_.*|JAVA_.*|JDK_.*|M2_.*|MAVEN_.*|.*_proxy|SSL_CERT_.*)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name)));
}

function projectRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json')) && dirname(directory) !== directory)
    directory = dirname(directory);
  return directory;
}

async function javaMajor(): Promise<number | undefined> {
  try {
    // It answers on the error stream: `openjdk version "17.0.15" 2025-04-15`.
    const { stderr } = await run(JAVA, ['-version'], {
      env: serverEnvironment(),
      timeout: PROBE_TIMEOUT_MS,
    });
    const major = stderr.match(/version "(\d+)/)?.[1];
    return major === undefined ? undefined : Number(major);
  } catch {
    return undefined;
  }
}

async function hasMaven(): Promise<boolean> {
  try {
    await run(MAVEN, ['-version'], { env: mavenEnvironment(), timeout: PROBE_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}
