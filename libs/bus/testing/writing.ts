import { RecordTooLarge, WriterAbandoned, type BusCapabilities } from '../port.ts';
import { needs } from './needs.ts';
import { message, numbered, texts, until, type World } from './world.ts';

const patience = (): AbortSignal => AbortSignal.timeout(30_000);

export function describeWriting(world: World, capabilities: BusCapabilities): void {
  describe('writing', () => {
    sends(world);
    appendsTogether(world);
    refuses(world, capabilities);
    losesTheAnswer(world);
    outlivesACut(world);
  });
}

function sends(world: World): void {
  it('keeps the order of sends that are queued behind each other', async () => {
    const topic = await world.topic();
    const writer = await world.bus.writer();
    await Promise.all(
      [0, 1, 2, 3, 4].map(async (n) => {
        await writer.send(numbered(topic, n * 700, (n + 1) * 700), patience());
      }),
    );
    await writer.close();
    expect((await world.contentOf(topic)).texts).toEqual(texts(0, 3_500));
  });

  it('sends to several topics at once, each in order', async () => {
    const [left, right] = [await world.topic(), await world.topic()];
    const messages = texts(0, 40).map((value, n) => message(n % 2 === 0 ? left : right, value, 'k'));
    await world.write(messages);
    expect((await world.contentOf(left)).texts).toEqual(texts(0, 40).filter((_, n) => n % 2 === 0));
    expect((await world.contentOf(right)).texts).toEqual(texts(0, 40).filter((_, n) => n % 2 === 1));
  });
}

function appendsTogether(world: World): void {
  it('hides nothing from a reader that follows while several writers append', async () => {
    const topic = await world.topic(2);
    const { ledger } = await world.follow(topic);
    await Promise.all(
      [0, 1, 2, 3].map(async (writerNo) => {
        const { bus } = await world.connect();
        const writer = await bus.writer();
        for (let n = 0; n < 60; n += 1) {
          const texts = [0, 1, 2].map((part) => `${String(writerNo)}.${String(n)}.${String(part)}`);
          await writer.send(
            texts.map((text, part) => message(topic, text, part === 0 ? 'a' : 'd')),
            patience(),
          );
        }
      }),
    );
    await until('all is stored', () => ledger.records.length >= 720);
    expect(new Set(ledger.texts).size).toBe(720);
    for (const partition of [0, 1]) {
      const offsets = ledger.offsetsOf({ topic, partition });
      expect(offsets).toEqual(offsets.map((_, index) => index));
    }
  });
}

function refuses(world: World, capabilities: BusCapabilities): void {
  it('refuses a topic that does not exist', async () => {
    const topic = await world.topic();
    const missing = world.name();
    await expect(world.write([message(topic, '0'), message(missing, '1')])).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
      message: expect.stringContaining(missing) as string,
    });
    expect(await world.countOf(topic)).toBe(0);
  });

  needs('recordSizeLimit', capabilities)(
    'names the message that exceeds its topic’s limit, sends nothing, and takes the rest without it',
    async () => {
      const limit = 5_000;
      const topic = await world.topic(1, { 'max.message.bytes': String(limit) });
      const messages = [
        ...numbered(topic, 0, 4),
        message(topic, Buffer.alloc(limit), 'k'),
        ...numbered(topic, 4, 9),
      ];
      const refusal: unknown = await world.write(messages).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(RecordTooLarge);
      expect(refusal).toMatchObject({ index: 4 });
      await world.write(messages.filter((_, index) => index !== 4));
      expect((await world.contentOf(topic)).texts).toEqual(texts(0, 9));
    },
  );

  needs('recordSizeLimit', capabilities)('takes many messages that together exceed the limit', async () => {
    const topic = await world.topic(1, { 'max.message.bytes': '5000' });
    await world.write(Array.from({ length: 20 }, (_, n) => message(topic, String(n).padEnd(1_500), 'k')));
    expect((await world.contentOf(topic)).texts.map((text) => text.trim())).toEqual(texts(0, 20));
  });
}

function losesTheAnswer(world: World): void {
  it('gives up at the signal when the answer does not come; a new writer sends again and nothing is lost', async () => {
    const topic = await world.topic();
    const { bus, wire } = await world.connect();
    const writer = await bus.writer();
    await writer.send(numbered(topic, 0, 1), patience());
    const patienceEnds = new AbortController();
    wire.holdAnswers();
    const sent = writer.send(numbered(topic, 1, 3), patienceEnds.signal);
    const outcome = sent.catch((error: unknown) => error);
    await until('the records are in the log', async () => (await world.countOf(topic)) === 3);
    patienceEnds.abort();
    expect(await outcome).toBeInstanceOf(WriterAbandoned);
    await expect(writer.send(numbered(topic, 3, 4), patience())).rejects.toBeInstanceOf(WriterAbandoned);
    wire.restore();
    const next = await bus.writer();
    await next.send([...numbered(topic, 1, 3), ...numbered(topic, 3, 5)], patience());
    expect((await world.contentOf(topic)).texts).toEqual([...texts(0, 3), ...texts(1, 5)]);
  });

  it('sends nothing more once it was given up, even when the bus comes back', async () => {
    const topic = await world.topic();
    const { bus, wire } = await world.connect();
    const writer = await bus.writer();
    await writer.send(numbered(topic, 0, 1), patience());
    wire.cut();
    const sent = writer.send(numbered(topic, 1, 2), AbortSignal.timeout(700));
    await expect(sent).rejects.toBeInstanceOf(WriterAbandoned);
    // Resolves when the attempts have really ended.
    await writer.close();
    wire.restore();
    const next = await bus.writer();
    await next.send(numbered(topic, 2, 3), patience());
    expect((await world.contentOf(topic)).texts).toEqual(['0', '2']);
  });
}

function outlivesACut(world: World): void {
  it('waits while the bus is away and then goes on, in order, with the same writer', async () => {
    const topic = await world.topic();
    const { bus, wire } = await world.connect();
    const writer = await bus.writer();
    await writer.send(numbered(topic, 0, 1), patience());
    wire.holdAnswers();
    const sent = writer.send(numbered(topic, 1, 2), patience());
    await until('the record is in the log', async () => (await world.countOf(topic)) === 2);
    wire.cut();
    const queued = writer.send(numbered(topic, 2, 5), patience());
    wire.restore();
    await Promise.all([sent, queued]);
    const stored = (await world.contentOf(topic)).texts;
    expect([...new Set(stored)]).toEqual(texts(0, 5));
    expect(stored).toEqual(stored.toSorted());
  });

  it('repeats a send whose answer was lost into the same partitions, also without keys', async () => {
    const topic = await world.topic(3);
    const { bus, wire } = await world.connect();
    const writer = await bus.writer();
    await writer.send([message(topic, '0')], patience());
    wire.holdAnswers();
    const sent = writer.send(
      texts(1, 5).map((value) => message(topic, value)),
      patience(),
    );
    await until('the records are in the log', async () => (await world.countOf(topic)) === 5);
    wire.cut();
    wire.restore();
    await sent;
    expect(new Set((await world.contentOf(topic)).texts)).toEqual(new Set(texts(0, 5)));
  });
}
