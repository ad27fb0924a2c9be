import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import type { Terminal } from '../terminal.ts';

/** Where an export goes. Each piece is taken before the next one is made. */
export interface Sink {
  write(text: string): Promise<void>;
  /** Everything is written. */
  done(): Promise<void>;
  /** It is not: nothing half is left. */
  discard(): Promise<void>;
}

export function terminalSink(terminal: Terminal): Sink {
  return {
    write: async (text) => {
      terminal.out(text);
      await terminal.drained?.();
    },
    done: async () => await Promise.resolve(),
    discard: async () => await Promise.resolve(),
  };
}

/** The file has its name only once it is complete: half an export would balance too. */
export function fileSink(path: string): Sink {
  const partial = `${path}.part`;
  const stream = createWriteStream(partial);
  let failed: Error | null = null;
  stream.on('error', (error) => {
    failed = error;
  });
  return {
    write: async (text) => {
      if (failed !== null) throw failed;
      if (!stream.write(text)) await once(stream, 'drain');
    },
    done: async () => {
      if (failed !== null) throw failed;
      stream.end();
      await once(stream, 'finish');
      await rename(partial, path);
    },
    discard: async () => {
      stream.destroy();
      await rm(partial, { force: true });
    },
  };
}
