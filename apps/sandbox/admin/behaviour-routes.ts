import type { FastifyInstance } from 'fastify';
import { AdminFields } from './admin-fields.ts';
import { simulatorOf, type AdminSurroundings } from './surroundings.ts';

export function registerBehaviourRoutes(admin: FastifyInstance, surroundings: AdminSurroundings): void {
  const { calls, clock, providers, webhooks } = surroundings;

  admin.post('/behaviour', (request, reply) => {
    const fields = AdminFields.parse(request.body);
    const simulator = simulatorOf(surroundings, fields);
    reply.send({ provider: simulator.provider, ...simulator.setBehaviour(fields) });
  });

  admin.delete('/state', (_request, reply) => {
    webhooks.remove();
    calls.reset();
    clock.reset();
    for (const simulator of providers.values()) {
      simulator.reset();
    }
    reply.send({ state: 'empty' });
  });

  admin.get('/health', (_request, reply) => {
    reply.send({ status: 'ok', providers: [...providers.keys()], now: clock.iso() });
  });
}
