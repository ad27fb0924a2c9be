import type { FastifyInstance } from 'fastify';
import { maskedCall } from '../calls/masking.ts';
import { invalidRequest } from './admin-refusal.ts';
import { simulatorInQuery, type AdminSurroundings } from './surroundings.ts';

const LIMIT_DEFAULT = 100;

export function registerRequestRoutes(admin: FastifyInstance, surroundings: AdminSurroundings): void {
  const { calls, providers } = surroundings;
  const secrets = [...providers.values()].flatMap((simulator) => simulator.secrets);

  admin.get('/requests', (request, reply) => {
    const provider = simulatorInQuery(surroundings, request.query)?.provider;
    const { limit } = request.query as { limit?: string };
    if (limit !== undefined && !/^[1-9]\d{0,5}$/.test(limit)) {
      throw invalidRequest('"limit" must be a whole number from 1');
    }
    const latest = calls.log.latest(limit === undefined ? LIMIT_DEFAULT : Number(limit), provider);
    reply.send({ requests: latest.map((call) => maskedCall(call, secrets)) });
  });
}
