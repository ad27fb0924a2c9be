import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from './testing/sandbox-client.ts';

interface Running {
  readonly process: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exit: Promise<unknown[]>;
}

const started: ChildProcess[] = [];

function run(words: readonly string[], environment: Readonly<Record<string, string>>): Running {
  // Node strips the types itself; the child resolves `.ts` files as the build would resolve `.js` ones.
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  return { process: child, output, exit: once(child, 'close') };
}

describe('the sandbox as a process', () => {
  afterAll(() => {
    for (const child of started) {
      child.kill('SIGKILL');
    }
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints one JSON line when it listens, serves, and ends with 0 on %s',
    async (signal) => {
      const running = run([], { SANDBOX_PORT: '0' });
      const line = await eventually(
        () => running.output.stdout,
        (text) => text.endsWith('\n'),
      );
      const ready = JSON.parse(line) as { sandbox: string; port: number };
      expect(ready).toEqual({ sandbox: 'ready', port: expect.any(Number) as number });
      const url = `http://127.0.0.1:${ready.port}/_sandbox`;
      expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
      await fetch(`${url}/clock`, { method: 'POST', body: '{"advanceMs":1}' });
      running.process.kill(signal);
      expect(await running.exit).toEqual([0, null]);
      expect(running.output).toEqual({ stdout: line, stderr: '' });
    },
  );

  it('says that the port is in use and ends with 1', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const running = run([], { SANDBOX_PORT: String(port) });
    expect(await running.exit).toEqual([1, null]);
    expect(running.output.stdout).toBe('');
    expect(running.output.stderr).toMatch(
      new RegExp(`^sandbox: port ${port} on 127.0.0.1 is already in use`),
    );
    holder.close();
  });

  it.each(['65536', 'http', '-1', '40.1', ''])('refuses the port "%s" and ends with 2', async (port) => {
    const running = run([], { SANDBOX_PORT: port });
    expect(await running.exit).toEqual([2, null]);
    expect(running.output.stderr).toMatch(/^sandbox: SANDBOX_PORT must be a whole number from 0 to 65535/);
  });

  it('explains itself on --help and refuses other arguments', async () => {
    const help = run(['--help'], {});
    expect(await help.exit).toEqual([0, null]);
    expect(help.output.stdout).toMatch(/SANDBOX_PORT/);
    const wrong = run(['--prot=1'], {});
    expect(await wrong.exit).toEqual([2, null]);
    expect(wrong.output.stderr).toBe('sandbox: unknown argument "--prot=1"; try --help\n');
  });
});
