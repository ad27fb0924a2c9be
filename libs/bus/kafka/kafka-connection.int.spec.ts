import net from 'node:net';
import type { Bus } from '../port.ts';
import { WriterAbandoned } from '../port.ts';
import { createKafkaBus } from './kafka-bus.ts';

/** A server that hangs up on whoever connects, as a broker does with a client that speaks another protocol. */
async function hangUpServer(): Promise<{ port: number; close(): Promise<void> }> {
  const server = net.createServer((socket) => {
    socket.once('data', () => socket.end());
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const busAt = (port: number, ssl?: boolean): Bus =>
  createKafkaBus({
    brokers: [`127.0.0.1:${String(port)}`],
    clientId: 'test',
    log: () => undefined,
    ...(ssl === undefined ? {} : { ssl }),
  });

describe('a Kafka bus that cannot be reached', () => {
  let port = 0;
  let server: Awaited<ReturnType<typeof hangUpServer>>;

  beforeAll(async () => {
    const free = await hangUpServer();
    ({ port } = free);
    await free.close();
    server = await hangUpServer();
  });

  afterAll(async () => {
    await server.close();
  });

  it('makes admin and reader fail with a hint when nothing listens', async () => {
    const bus = busAt(port);
    const hint = { code: 'BUS_UNREACHABLE', message: expect.stringContaining('nothing listens') as string };
    await expect(bus.admin()).rejects.toMatchObject(hint);
    const reader = bus.reader({ groupId: 'g' });
    await expect(reader.start(['t'], async () => undefined)).rejects.toMatchObject(hint);
    expect(reader.health().joined).toBe(false);
    await bus.close();
  });

  it('stops a reader at once that is still looking for the broker', async () => {
    const bus = busAt(port);
    const reader = bus.reader({ groupId: 'g' });
    const outcome = reader.start(['t'], async () => undefined).catch((error: unknown) => error);
    const startedAt = performance.now();
    await reader.stop();
    expect(await outcome).toMatchObject({ code: 'READER_STOPPED' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await bus.close();
  });

  it('lets a writer wait up to its signal and then ends all attempts', async () => {
    const bus = busAt(port);
    const writer = await bus.writer();
    const message = { topic: 't', key: null, value: null, headers: [] };
    await expect(writer.send([message], AbortSignal.timeout(300))).rejects.toBeInstanceOf(WriterAbandoned);
    await writer.close();
    await bus.close();
  });

  it('says that a broker which hangs up may want SASL or TLS', async () => {
    await expect(busAt(server.port).admin()).rejects.toMatchObject({
      code: 'BUS_UNREACHABLE',
      message: expect.stringContaining('SASL') as string,
    });
  });

  it('says that a port which hangs up on TLS does not speak it', async () => {
    await expect(busAt(server.port, true).admin()).rejects.toMatchObject({
      code: 'BUS_UNREACHABLE',
      message: expect.stringContaining('does not speak TLS') as string,
    });
  });
});
