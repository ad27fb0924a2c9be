import type { FastifyInstance } from 'fastify';
import { AdminFields } from './admin-fields.ts';
import type { AdminSurroundings } from './surroundings.ts';

const LATENCY_MAX_MS = 600_000;
/** A hundred years; beyond it dates stop being dates. */
const ADVANCE_MAX_MS = 3_155_760_000_000;

export function registerTimeRoutes(admin: FastifyInstance, surroundings: AdminSurroundings): void {
  const { calls, clock } = surroundings;

  admin.post('/latency', (request, reply) => {
    const fields = AdminFields.parse(request.body);
    const latencyMs = fields.requiredWholeNumber('ms', 0, LATENCY_MAX_MS);
    fields.finish();
    calls.latencyMs = latencyMs;
    reply.send({ ms: latencyMs });
  });

  admin.post('/clock', (request, reply) => {
    const fields = AdminFields.parse(request.body);
    const advanceMs = fields.requiredWholeNumber('advanceMs', 0, ADVANCE_MAX_MS);
    fields.finish();
    clock.advance(advanceMs);
    reply.send({ now: clock.iso() });
  });

  admin.get('/clock', (_request, reply) => {
    reply.send({ now: clock.iso() });
  });
}
