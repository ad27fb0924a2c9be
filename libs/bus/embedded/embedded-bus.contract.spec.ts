import { Client } from 'pg';
import { describeBus, Wire, type BusFixture } from '../testing/index.ts';
import { createEmbeddedBus } from './embedded-bus.ts';

const serverUrl = process.env['TEST_POSTGRES_URL'] ?? '';
const CAPABILITIES = {
  compaction: false,
  retention: false,
  transactionMarkers: false,
  recordSizeLimit: true,
};

async function makeFixture(): Promise<BusFixture> {
  const database = `bus_contract_${String(process.pid)}`;
  const server = new Client({ connectionString: serverUrl });
  await server.connect();
  await server.query(`create database ${database}`);
  const target = { host: server.host, port: server.port };
  return {
    connect: async () => {
      const wire = await Wire.to(target);
      const url = new URL(serverUrl);
      url.pathname = `/${database}`;
      url.host = `127.0.0.1:${String(wire.port)}`;
      return { bus: createEmbeddedBus({ databaseUrl: url.href, log: () => undefined }), wire };
    },
    close: async () => {
      await server.query(`drop database ${database} with (force)`);
      await server.end();
    },
  };
}

describeBus('embedded bus', makeFixture, CAPABILITIES);
