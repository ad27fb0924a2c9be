import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const ERRORS_KEPT = 20_000;

export interface LibraryError {
  readonly type: string;
  readonly message: string;
  readonly status_code: number | null;
  readonly response: string | null;
}

type LibraryAnswer = { readonly result: unknown } | { readonly error: LibraryError };

type Arguments = Readonly<Record<string, unknown>>;

/** The Python library in a process of its own, one call at a time. */
export class AiorobokassaLibrary {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor(python: string, sandboxUrl: string) {
    this.#child = spawn(python, [join(import.meta.dirname, 'bridge.py'), sandboxUrl]);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString('utf8')).slice(-ERRORS_KEPT);
    });
  }

  /** What the method returns; rejects when it raises. `client` changes the constructor's arguments. */
  async call(method: string, args: Arguments = {}, client: Arguments = {}): Promise<unknown> {
    const answer = await this.#ask(method, args, client);
    if ('error' in answer) {
      throw new Error(`${method} raised ${answer.error.type}: ${answer.error.message}`);
    }
    return answer.result;
  }

  /** What the method raises; rejects when it returns. */
  async raised(method: string, args: Arguments = {}, client: Arguments = {}): Promise<LibraryError> {
    const answer = await this.#ask(method, args, client);
    if ('error' in answer) {
      return answer.error;
    }
    throw new Error(`${method} was expected to raise and returned ${JSON.stringify(answer.result)}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      this.#child.stdin.end();
      await exit;
    }
  }

  async #ask(method: string, args: Arguments, client: Arguments): Promise<LibraryAnswer> {
    this.#child.stdin.write(`${JSON.stringify({ method, arguments: args, client })}\n`);
    const line = await this.#lines.next();
    if (line.done === true) {
      throw new Error(`the Python program has ended:\n${this.#errors}`);
    }
    return JSON.parse(line.value) as LibraryAnswer;
  }
}
