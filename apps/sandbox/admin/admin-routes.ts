import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { registerBehaviourRoutes } from './behaviour-routes.ts';
import { AdminRefusal } from './admin-refusal.ts';
import { registerFaultRoutes } from './fault-routes.ts';
import { registerPaymentRoutes } from './payment-routes.ts';
import { registerRefundRoutes } from './refund-routes.ts';
import { registerRequestRoutes } from './request-routes.ts';
import type { AdminSurroundings } from './surroundings.ts';
import { registerTimeRoutes } from './time-routes.ts';
import { registerWebhookRoutes } from './webhook-routes.ts';

/** Everything under `/_sandbox/`: the sandbox's own surface, which the providers do not have. Answers JSON, errors included. */
export function registerAdminRoutes(app: FastifyInstance, surroundings: AdminSurroundings): void {
  app.register(
    (admin, _options, done) => {
      admin.setErrorHandler(answerError);
      admin.setNotFoundHandler((request, reply) => {
        sendError(reply, 404, 'NOT_FOUND', `${request.method} ${request.url} is not an admin call`);
      });
      registerPaymentRoutes(admin, surroundings);
      registerRefundRoutes(admin, surroundings);
      registerFaultRoutes(admin, surroundings);
      registerTimeRoutes(admin, surroundings);
      registerBehaviourRoutes(admin, surroundings);
      registerWebhookRoutes(admin, surroundings);
      registerRequestRoutes(admin, surroundings);
      done();
    },
    { prefix: '/_sandbox' },
  );
}

function answerError(error: FastifyError, _request: unknown, reply: FastifyReply): void {
  if (error instanceof AdminRefusal) {
    sendError(reply, error.statusCode, error.code, error.message);
    return;
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) {
    process.stderr.write(`sandbox: ${error.stack ?? error.message}\n`);
  }
  sendError(reply, status, status >= 500 ? 'INTERNAL' : 'INVALID_REQUEST', error.message);
}

function sendError(reply: FastifyReply, status: number, code: string, message: string): void {
  reply.code(status).send({ error: { code, message } });
}
