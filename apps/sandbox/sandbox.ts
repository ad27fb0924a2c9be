import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { AcmeSimulator } from './acme/acme-simulator.ts';
import { registerAdminRoutes } from './admin/admin-routes.ts';
import { BraintreeSimulator } from './braintree/braintree-simulator.ts';
import { ProviderCalls } from './calls/provider-calls.ts';
import { RazorpaySimulator } from './razorpay/razorpay-simulator.ts';
import { RobokassaSimulator } from './robokassa/robokassa-simulator.ts';
import { SandboxClock } from './sandbox-clock.ts';
import type { ProviderName } from './provider-name.ts';
import type { ProviderSimulator, SimulatorSurroundings } from './simulator.ts';
import { WebhookSender } from './webhooks/webhook-sender.ts';

export interface SandboxOptions {
  /** 0, the default, takes any free one. */
  readonly port?: number;
  readonly host?: string;
}

export interface Sandbox {
  readonly port: number;
  readonly url: string;
  /** Cuts open connections, drops calls that still wait, stops every timer. */
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 1_048_576;

const simulators = (surroundings: SimulatorSurroundings): Map<ProviderName, ProviderSimulator> => {
  const all: ProviderSimulator[] = [
    new AcmeSimulator(surroundings),
    new BraintreeSimulator(surroundings),
    new RazorpaySimulator(surroundings),
    new RobokassaSimulator(surroundings),
  ];
  return new Map(all.map((simulator) => [simulator.provider, simulator]));
};

/** Starts the sandbox and resolves once it listens; rejects with the operating system's error when it cannot. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const clock = new SandboxClock();
  const webhooks = new WebhookSender(clock);
  const calls = new ProviderCalls(clock);
  const providers = simulators({ clock, webhooks });
  const app = bareServer();
  registerAdminRoutes(app, { clock, webhooks, calls, providers });
  for (const simulator of providers.values()) {
    simulator.registerRoutes(app, calls);
  }
  const host = options.host ?? '127.0.0.1';
  try {
    await app.listen({ port: options.port ?? 0, host });
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port } = app.server.address() as AddressInfo;
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: async () => {
      calls.close();
      webhooks.close();
      clock.reset();
      await app.close();
    },
  };
}

/** Every body arrives as the text that was sent: signatures and idempotency hashes are about those bytes, whatever their media type. */
function bareServer(): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    requestIdHeader: false,
    genReqId: () => '',
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `${request.method} ${request.url} belongs to no simulated provider; admin calls begin with /_sandbox/`;
    reply.code(404).send({ error: { code: 'NOT_FOUND', message } });
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  return app;
}
