import { WriterAbandoned, type OutgoingMessage } from './port.ts';
import { SendQueue } from './send-queue.ts';

const never = new AbortController().signal;
const message = (text: string): OutgoingMessage => ({ topic: text, key: null, value: null, headers: [] });

function slowQueue(): { queue: SendQueue; log: string[]; ended: number[]; finish: (() => void)[] } {
  const log: string[] = [];
  const ended: number[] = [];
  const finish: (() => void)[] = [];
  const queue = new SendQueue(
    async (messages) => {
      const text = messages.map(({ topic }) => topic).join();
      log.push(`begin ${text}`);
      await new Promise<void>((resolve) => {
        finish.push(resolve);
      });
      log.push(`end ${text}`);
    },
    () => ended.push(1),
  );
  return { queue, log, ended, finish };
}

describe('the queue of a writer', () => {
  it('begins a send when the one before has ended', async () => {
    const { queue, log, finish } = slowQueue();
    const sends = [queue.send([message('a')], never), queue.send([message('b')], never)];
    await Promise.resolve();
    expect(log).toEqual(['begin a']);
    finish[0]?.();
    await sends[0];
    await Promise.resolve();
    expect(log).toEqual(['begin a', 'end a', 'begin b']);
    finish[1]?.();
    await sends[1];
  });

  it('goes on after a send that failed', async () => {
    let calls = 0;
    const queue = new SendQueue(
      async () => {
        calls += 1;
        if (calls === 1) throw new Error('refused');
        await Promise.resolve();
      },
      () => undefined,
    );
    await expect(queue.send([message('a')], never)).rejects.toThrow('refused');
    await expect(queue.send([message('b')], never)).resolves.toBeUndefined();
  });

  it('is abandoned for good when a signal aborts, also one that still waits for its turn', async () => {
    const { queue, ended, log, finish } = slowQueue();
    const control = new AbortController();
    const first = queue.send([message('a')], never);
    await Promise.resolve();
    expect(log).toEqual(['begin a']);
    const second = queue.send([message('b')], control.signal);
    const refused = second.catch((error: unknown) => error);
    control.abort();
    expect(await refused).toBeInstanceOf(WriterAbandoned);
    expect(queue.isAbandoned).toBe(true);
    expect(ended).toEqual([1]);
    await expect(queue.send([message('c')], never)).rejects.toBeInstanceOf(WriterAbandoned);
    finish[0]?.();
    await first;
    await queue.idle();
    expect(log).toEqual(['begin a', 'end a']);
  });

  it('refuses at once with a signal that is aborted already', async () => {
    const { queue, log } = slowQueue();
    await expect(queue.send([message('a')], AbortSignal.abort())).rejects.toBeInstanceOf(WriterAbandoned);
    await queue.idle();
    expect(log).toEqual([]);
  });
});
