import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { refundChanges, type BookedRefund, type ProviderSimulator } from '../simulator.ts';
import { AdminRefusal, invalidRequest } from './admin-refusal.ts';
import { simulatorInQuery, simulatorNamed, type AdminSurroundings } from './surroundings.ts';

/** One chunk per this many lines: a chunk per line costs more than the line. */
const LINES_PER_CHUNK = 500;

export function registerRefundRoutes(admin: FastifyInstance, surroundings: AdminSurroundings): void {
  admin.get('/refunds', (request, reply) => {
    const named = simulatorInQuery(surroundings, request.query);
    const simulators = named === undefined ? [...surroundings.providers.values()] : [named];
    reply.type('application/x-ndjson; charset=utf-8').send(Readable.from(jsonLines(simulators)));
  });

  admin.post('/refunds/:provider/:refundId/:change', (request, reply) => {
    const params = request.params as { provider: string; refundId: string; change: string };
    const simulator = simulatorNamed(surroundings, params.provider);
    const change = refundChanges.find((candidate) => candidate === params.change);
    if (change === undefined) {
      throw invalidRequest(`"${params.change}" is not a change; known are ${refundChanges.join(', ')}`);
    }
    const refund: BookedRefund | undefined = simulator.changeRefund(params.refundId, change);
    if (refund === undefined) {
      throw new AdminRefusal('NOT_FOUND', `${params.provider} has no refund ${params.refundId}`);
    }
    reply.send(refund);
  });
}

function* jsonLines(simulators: readonly ProviderSimulator[]): Generator<string> {
  let chunk = '';
  let lines = 0;
  for (const simulator of simulators) {
    for (const refund of simulator.listRefunds()) {
      chunk += `${JSON.stringify(refund)}\n`;
      lines += 1;
      if (lines % LINES_PER_CHUNK === 0) {
        yield chunk;
        chunk = '';
      }
    }
  }
  if (chunk !== '') {
    yield chunk;
  }
}
