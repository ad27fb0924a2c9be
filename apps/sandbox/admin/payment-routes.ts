import type { FastifyInstance } from 'fastify';
import { AdminFields, parseJson } from './admin-fields.ts';
import { AdminRefusal } from './admin-refusal.ts';
import { simulatorNamed, simulatorOf, type AdminSurroundings } from './surroundings.ts';

const BULK_MAX = 100_000;
const BULK_BYTES_MAX = 33_554_432;
/** Fields of one provider that a caller may send for every provider alike. */
const fieldsOfSomeProvider = [
  'status',
  'captured',
  'method',
  'escrow',
  'merchantAccountId',
  'orderId',
  'state',
];

export function registerPaymentRoutes(admin: FastifyInstance, surroundings: AdminSurroundings): void {
  admin.post('/payments', { bodyLimit: BULK_BYTES_MAX }, (request, reply) => {
    const body = parseJson(request.body);
    if (Array.isArray(body)) {
      const paymentIds = body.map((one) => createPayments(surroundings, one, 1)[0]?.paymentId);
      reply.send({ paymentIds });
      return;
    }
    const count = AdminFields.of(body).wholeNumber('count', 1, BULK_MAX);
    const created = createPayments(surroundings, body, count ?? 1);
    reply.send(count === undefined ? created[0] : { paymentIds: created.map(({ paymentId }) => paymentId) });
  });

  admin.get('/payments/:provider/:paymentId', (request, reply) => {
    const { provider, paymentId } = request.params as { provider: string; paymentId: string };
    const truth = simulatorNamed(surroundings, provider).readPayment(paymentId);
    if (truth === undefined) {
      throw new AdminRefusal('NOT_FOUND', `${provider} has no payment ${paymentId}`);
    }
    reply.send(truth);
  });
}

function createPayments(
  surroundings: AdminSurroundings,
  body: unknown,
  count: number,
): { readonly paymentId: string }[] {
  const fields = AdminFields.of(body);
  const simulator = simulatorOf(surroundings, fields);
  fields.permit([...fieldsOfSomeProvider, 'count']);
  return Array.from({ length: count }, () => simulator.createPayment(fields));
}
