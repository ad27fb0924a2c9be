import type { FastifyInstance } from 'fastify';
import { readFault, type Fault } from '../calls/fault.ts';
import { AdminFields } from './admin-fields.ts';
import { simulatorInQuery, simulatorOf, type AdminSurroundings } from './surroundings.ts';

export function registerFaultRoutes(admin: FastifyInstance, surroundings: AdminSurroundings): void {
  const { faults } = surroundings.calls;

  admin.post('/faults', (request, reply) => {
    const fields = AdminFields.parse(request.body);
    const { provider } = simulatorOf(surroundings, fields);
    const fault = readFault(fields, provider, faults.nextFaultId());
    faults.add(fault);
    reply.send(described(fault));
  });

  admin.get('/faults', (_request, reply) => {
    reply.send({ faults: faults.list().map(described) });
  });

  admin.delete('/faults', (request, reply) => {
    reply.send({ cleared: faults.clear(simulatorInQuery(surroundings, request.query)?.provider) });
  });
}

function described(fault: Fault): Record<string, unknown> {
  return {
    faultId: fault.faultId,
    provider: fault.provider,
    operation: fault.operation,
    mode: fault.mode,
    probability: fault.probability,
    seed: fault.seed,
    delayMs: fault.delayMs,
    ...(fault.mode === 'status' ? { status: fault.status } : {}),
    remaining: fault.remaining,
    fired: fault.fired,
  };
}
