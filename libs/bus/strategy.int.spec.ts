import { Catch, Controller, Module, type ExceptionFilter, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { from, throwError, type Observable } from 'rxjs';
import { createEmbeddedBus } from './embedded/embedded-bus.ts';
import { StalePosition, type BatchHandler, type Bus, type BusBatch } from './port.ts';
import { BatchContext, BUS, BusStrategy } from './strategy.ts';
import { Ledger } from './testing/index.ts';
import { until } from './testing/world.ts';

const ledger = new Ledger();
const contexts: BatchContext[] = [];
let failures: Error[] = [];

@Controller()
class Intake {
  @EventPattern<string>('REQUESTED', BUS)
  async take(@Payload() batch: BusBatch, @Ctx() context: BatchContext): Promise<void> {
    contexts.push(context);
    const failure = failures.pop();
    if (failure !== undefined) throw failure;
    await Promise.resolve(ledger.take(batch));
  }

  @EventPattern<string>('streamed', BUS)
  takeStreamed(@Payload() batch: BusBatch): Observable<void> {
    return from(Promise.resolve(ledger.take(batch)));
  }
}

@Catch()
class KeepClass implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

@Module({ controllers: [Intake] })
class TestModule {}

/** The bus's reader, with what reached it noted. */
function observed(bus: Bus, seen: unknown[]): ReturnType<Bus['reader']> {
  const reader = bus.reader({ groupId: 'strategy', positions: ledger });
  return {
    start: async (topics, onBatch) => {
      const noted: BatchHandler = async (batch, signal) => {
        try {
          await onBatch(batch, signal);
        } catch (error) {
          seen.push(error);
          throw error;
        }
      };
      await reader.start(topics, noted);
    },
    stop: async () => {
      await reader.stop();
    },
    health: () => reader.health(),
  };
}

describe('a Nest application that takes batches from the bus', () => {
  const serverUrl = process.env['TEST_POSTGRES_URL'] ?? '';
  const database = `bus_strategy_${String(process.pid)}`;
  const server = new Client({ connectionString: serverUrl });
  let bus: Bus;
  let app: INestApplication;
  const seen: unknown[] = [];
  let strategy: BusStrategy;
  let reader: ReturnType<Bus['reader']>;

  beforeAll(async () => {
    await server.connect();
    await server.query(`create database ${database}`);
    const url = new URL(serverUrl);
    url.pathname = `/${database}`;
    bus = createEmbeddedBus({ databaseUrl: url.href, log: () => undefined });
    const admin = await bus.admin();
    await admin.createTopics(['refunds.requested.v1', 'streamed'].map((topic) => ({ topic, partitions: 2 })));
    app = await NestFactory.create(TestModule, new FastifyAdapter(), { logger: false, abortOnError: false });
    app.useGlobalFilters(new KeepClass());
    reader = observed(bus, seen);
    strategy = new BusStrategy(reader, { REQUESTED: 'refunds.requested.v1' });
    app.connectMicroservice({ strategy }, { inheritAppConfig: true });
    await app.init();
    await app.startAllMicroservices();
  });

  afterAll(async () => {
    await app.close();
    await bus.close();
    await server.query(`drop database ${database} with (force)`);
    await server.end();
  });

  const send = async (topic: string, value: string): Promise<void> => {
    const writer = await bus.writer();
    await writer.send(
      [{ topic, key: Buffer.from('k'), value: Buffer.from(value), headers: [] }],
      AbortSignal.timeout(20_000),
    );
    await writer.close();
  };

  it('is joined when the microservices have started', () => {
    expect(strategy.unwrap<typeof reader>().health()).toMatchObject({ joined: true });
  });

  it('calls the handler of the topic that its pattern stands for, with the batch and where it is from', async () => {
    await send('refunds.requested.v1', 'one');
    await until('the batch is stored', () => ledger.texts.includes('one'));
    const [context] = contexts;
    expect(context).toBeInstanceOf(BatchContext);
    expect(context?.topic).toBe('refunds.requested.v1');
    expect(context?.partition).toBe(ledger.batches[0]?.partition);
    expect(context?.signal.aborted).toBe(false);
  });

  it('waits for a handler that answers with a stream', async () => {
    await send('streamed', 'two');
    await until('the batch is stored', () => ledger.texts.includes('two'));
    expect([...ledger.positions.keys()]).toContainEqual(expect.stringMatching(/^streamed\//));
  });

  it('hands an error of the handler to the reader as the class it is, and the batch comes again', async () => {
    class StoreUnavailable extends Error {}
    failures = [new StoreUnavailable('away'), new StalePosition('moved')];
    await send('refunds.requested.v1', 'three');
    await until('the batch is stored', () => ledger.texts.includes('three'));
    expect(seen).toEqual([expect.any(StalePosition), expect.any(StoreUnavailable)]);
  });

  it('finds the reader stopped already when the application stopped it first', async () => {
    await reader.stop();
    await strategy.close();
    expect(reader.health().joined).toBe(false);
  });

  it('makes the start fail when a topic is missing', async () => {
    const other = await NestFactory.create(TestModule, new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    const lost = new BusStrategy(bus.reader({ groupId: 'lost' }), { REQUESTED: 'no-such-topic' });
    other.connectMicroservice({ strategy: lost }, { inheritAppConfig: true });
    await other.init();
    await expect(other.startAllMicroservices()).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    await other.close();
  });
});
