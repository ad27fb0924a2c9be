import type { FastifyInstance } from 'fastify';
import { seededRandom } from '../seeded-random.ts';
import type { WebhookTarget } from '../webhooks/webhook-target.ts';
import { AdminFields } from './admin-fields.ts';
import { invalidRequest } from './admin-refusal.ts';
import { simulatorInQuery, simulatorOf, type AdminSurroundings } from './surroundings.ts';

const DUPLICATES_MAX = 100;
const DELAY_MAX_MS = 60_000;
const orders = ['sent', 'shuffled'] as const;

export function registerWebhookRoutes(admin: FastifyInstance, surroundings: AdminSurroundings): void {
  const { webhooks } = surroundings;

  admin.post('/webhooks', (request, reply) => {
    const fields = AdminFields.parse(request.body);
    const { provider } = simulatorOf(surroundings, fields);
    const registration = {
      provider,
      url: loopbackUrl(fields.requiredText('url')),
      order: fields.oneOf('order', orders) ?? 'sent',
      duplicates: fields.wholeNumber('duplicates', 0, DUPLICATES_MAX) ?? 0,
      loss: fields.probability('loss') ?? 0,
      delayMs: fields.wholeNumber('delayMs', 0, DELAY_MAX_MS) ?? 0,
      random: seededRandom(fields.wholeNumber('seed', 0, 4_294_967_295) ?? 1),
    };
    fields.finish();
    reply.send(described(webhooks.register(registration)));
  });

  admin.get('/webhooks', (_request, reply) => {
    reply.send({ webhooks: webhooks.list().map(described) });
  });

  admin.delete('/webhooks', (request, reply) => {
    reply.send({ removed: webhooks.remove(simulatorInQuery(surroundings, request.query)?.provider) });
  });
}

/** Nothing the sandbox does may reach another machine, however it was configured. */
function loopbackUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.protocol !== 'http:') {
    throw invalidRequest('"url" must be an http:// address');
  }
  const { hostname } = url;
  if (hostname !== 'localhost' && hostname !== '[::1]' && !/^127\.\d+\.\d+\.\d+$/.test(hostname)) {
    throw invalidRequest(
      `webhooks are delivered to this machine only (127.0.0.1, localhost, [::1]), not to ${hostname}`,
    );
  }
  return url;
}

function described(target: WebhookTarget): Record<string, unknown> {
  const { provider, url, order, duplicates, loss, delayMs } = target.registration;
  return {
    provider,
    url: url.href,
    order,
    duplicates,
    loss,
    delayMs,
    disabled: target.disabled,
    waiting: target.waiting,
    ...target.counts,
  };
}
