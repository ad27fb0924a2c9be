import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { type LocalPostgres, startPostgres } from './index.ts';
import { canEnter } from './postgres/account.ts';
import { processIdentity } from './process-identity.ts';

const NOBODY = { uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;
const projectIsOpen = isRoot && canEnter(import.meta.dirname, NOBODY);

let dataDir: string;
let stoppedDir: string;
const open: LocalPostgres[] = [];
const users: UserProcess[] = [];

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'refundry-local-stack-'));
  chmodSync(directory, 0o755);
  return directory;
}

// Creating a database costs more than all the rest: most tests begin with a copy of one that was started and stopped.
beforeAll(async () => {
  stoppedDir = newDirectory();
  await (await startPostgres({ dataDir: stoppedDir })).stop();
});

afterAll(() => rmSync(stoppedDir, { recursive: true }));

beforeEach(() => {
  dataDir = newDirectory();
});

function givenAStoppedServer(): void {
  execFileSync('cp', ['-a', `${stoppedDir}/.`, dataDir]);
}

afterEach(async () => {
  for (const user of users.splice(0)) await user.leave();
  for (const postgres of open.splice(0)) await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(port?: number): Promise<LocalPostgres> {
  const postgres = await startPostgres(port === undefined ? { dataDir } : { dataDir, port });
  open.push(postgres);
  return postgres;
}

interface UserProcess extends Pick<LocalPostgres, 'url' | 'port' | 'pid' | 'started'> {
  readonly process: ChildProcess;
  readonly leave: () => Promise<void>;
}

/** Another process that uses the server until told to leave. */
async function startUser(account: { uid?: number; gid?: number } = {}): Promise<UserProcess> {
  const library = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'index.ts')).href);
  const program = `
    import { startPostgres } from ${library};
    const postgres = await startPostgres({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(JSON.stringify(postgres));
    process.stdin.once('end', () => void postgres.stop()).resume();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    ...account,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const user: UserProcess = {
    ...(JSON.parse(line) as Pick<LocalPostgres, 'url' | 'port' | 'pid' | 'started'>),
    process: child,
    leave: async () => {
      child.stdin.end();
      await exited;
    },
  };
  users.push(user);
  return user;
}

async function kill(user: UserProcess): Promise<void> {
  const exited = once(user.process, 'exit');
  user.process.kill('SIGKILL');
  await exited;
}

async function ask(url: string, sql: string): Promise<Record<string, unknown> | undefined> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows[0];
  } finally {
    await client.end();
  }
}

async function ended(pid: number): Promise<void> {
  while (processIdentity(pid) !== undefined) await pause(20);
}

describe('several processes', () => {
  it('get one server when they start at the same moment', async () => {
    const [one, other] = await Promise.all([startUser(), startUser()]);
    expect(one.url).toBe(other.url);
    expect(one.started).toBe(!other.started);
  });

  it('keep the server when the one that started it is killed', async () => {
    givenAStoppedServer();
    const starter = await startUser();
    const second = await start();
    await kill(starter);
    expect(second.started).toBe(false);
    await expect(ask(second.url, 'select 1 as one')).resolves.toEqual({ one: 1 });
  });

  it('keep the server until the last of them leaves', async () => {
    givenAStoppedServer();
    const first = await start();
    const second = await startUser();
    await first.stop();
    await expect(ask(second.url, 'select 1 as one')).resolves.toEqual({ one: 1 });
    await second.leave();
    expect(processIdentity(first.pid)).toBeUndefined();
  });

  it('find a server whose only user was killed, and the next to leave stops it', async () => {
    givenAStoppedServer();
    const killed = await startUser();
    await kill(killed);
    const next = await start();
    expect(next).toMatchObject({ started: false, pid: killed.pid });
    await next.stop();
    expect(processIdentity(next.pid)).toBeUndefined();
  });

  it('do not count a user whose process id now belongs to another program', async () => {
    givenAStoppedServer();
    const postgres = await start();
    writeFileSync(join(dataDir, 'postgres.users', `${process.pid}.stale`), 'an earlier process');
    await postgres.stop();
    expect(processIdentity(postgres.pid)).toBeUndefined();
  });
});

describe('the server', () => {
  it('keeps committed rows and its address through a kill', async () => {
    givenAStoppedServer();
    const first = await start();
    await ask(first.url, 'create table kept as select 42 as answer');
    process.kill(first.pid, 'SIGKILL');
    await ended(first.pid);
    const second = await start();
    expect(second).toMatchObject({ started: true, url: first.url });
    await expect(ask(second.url, 'select answer from kept')).resolves.toEqual({ answer: 42 });
  });

  it('starts although an earlier one left a process id that another program has now', async () => {
    givenAStoppedServer();
    writeFileSync(
      join(dataDir, 'postgres', 'postmaster.pid'),
      `${process.pid}\n${dataDir}\n0\n5432\n\n\n\nready\n`,
    );
    await expect(start()).resolves.toMatchObject({ started: true });
  });

  it('is durable, listens on the loopback only and wants its password', async () => {
    givenAStoppedServer();
    const { url } = await start();
    await expect(
      ask(url, "select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit"),
    ).resolves.toEqual({ fsync: 'on', commit: 'on' });
    await expect(ask(url, 'show listen_addresses')).resolves.toEqual({ listen_addresses: '127.0.0.1' });
    await expect(ask(url.replace(/:[^:@]+@/, ':wrong@'), 'select')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(dataDir, 'postgres.json')).mode & 0o077).toBe(0);
  });

  it('writes no value of a failing statement into its log', async () => {
    givenAStoppedServer();
    const { url } = await start();
    await ask(url, 'create table payment (id text primary key)');
    await ask(url, "insert into payment values ('pay_secret')");
    await expect(ask(url, "insert into payment values ('pay_secret')")).rejects.toMatchObject({
      code: '23505',
    });
    const log = readFileSync(join(dataDir, 'postgres.log'), 'utf8');
    expect(log).toContain('duplicate key');
    expect(log).not.toContain('pay_secret');
  });

  it('begins anew when a first start was interrupted', async () => {
    mkdirSync(join(dataDir, 'postgres.unfinished'));
    writeFileSync(join(dataDir, 'postgres.unfinished', 'half'), '');
    await expect(start()).resolves.toMatchObject({ started: true });
  });

  it('moves to another port when its own is taken, unless that one was asked for', async () => {
    givenAStoppedServer();
    const { port } = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8')) as { port: number };
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    try {
      await expect(start(port)).rejects.toMatchObject({ code: 'LOCAL_POSTGRES_PORT_TAKEN' });
      const moved = await start();
      expect(moved.port).not.toBe(port);
    } finally {
      other.close();
    }
  });
});

describe('what cannot be started', () => {
  it('names a directory that cannot be made', async () => {
    writeFileSync(join(dataDir, 'file'), '');
    await expect(startPostgres({ dataDir: join(dataDir, 'file', 'below') })).rejects.toMatchObject({
      code: 'LOCAL_POSTGRES_DIRECTORY_UNUSABLE',
    });
  });

  it('says when the password of an existing database is gone', async () => {
    givenAStoppedServer();
    rmSync(join(dataDir, 'postgres.json'));
    await expect(start()).rejects.toMatchObject({ code: 'LOCAL_POSTGRES_PASSWORD_LOST' });
  });

  it('shows the last lines of the log when the server ends at once', async () => {
    givenAStoppedServer();
    rmSync(join(dataDir, 'postgres', 'global'), { recursive: true });
    await expect(start()).rejects.toMatchObject({
      code: 'LOCAL_POSTGRES_START_FAILED',
      message: expect.stringContaining('pg_control') as string,
    });
  });
});

(isRoot ? describe : describe.skip)('as root', () => {
  it('runs the server as an account without rights', async () => {
    givenAStoppedServer();
    const { pid } = await start();
    expect(statSync(`/proc/${pid}`).uid).not.toBe(0);
  });

  it('opens a closed data directory to that account alone', async () => {
    chmodSync(dataDir, 0o700);
    await start();
    expect(readdirSync(dataDir)).toContain('postgres');
    expect(statSync(dataDir)).toMatchObject({ uid: 0, gid: NOBODY.gid });
    expect(statSync(dataDir).mode & 0o777).toBe(0o710);
  });

  it('keeps the database elsewhere when it cannot reach the data directory, and finds it again', async () => {
    chmodSync(dataDir, 0o700);
    dataDir = join(dataDir, 'below');
    const first = await start();
    await ask(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const elsewhere = readFileSync(join(dataDir, 'postgres.location'), 'utf8').trim();
    try {
      expect(readdirSync(dataDir)).not.toContain('postgres');
      const second = await start();
      await expect(ask(second.url, 'select answer from kept')).resolves.toEqual({ answer: 42 });
      await second.stop();
    } finally {
      expect(dirname(elsewhere)).toBe('/var/lib/refundry');
      rmSync(elsewhere, { recursive: true });
      dataDir = dirname(dataDir);
    }
  });
});

(projectIsOpen ? describe : describe.skip)('as a normal user', () => {
  it('runs the server as that user', async () => {
    chownSync(dataDir, NOBODY.uid, NOBODY.gid);
    const { url, pid } = await startUser(NOBODY);
    await expect(ask(url, 'select 1 as one')).resolves.toEqual({ one: 1 });
    expect(statSync(`/proc/${pid}`).uid).toBe(NOBODY.uid);
  });
});
