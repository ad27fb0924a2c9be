import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cases } from './cases.ts';
import { eventually, idIn } from './harness.ts';

interface Delivery {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

async function receiver() {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      deliveries.push({ body: Buffer.concat(chunks), headers: plain(request.headers) });
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    deliveries,
    url: `http://127.0.0.1:${String(port)}/webhook`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function plain(headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
}

export function webhookCases(cases: Cases): void {
  cases.add(
    'a webhook is verified over its bytes and hints at the refund it is about',
    ['webhooks'],
    async (harness) => {
      const { webhooks } = harness.patient.module;
      const inbox = await receiver();
      await harness.admin.sendWebhooksTo(inbox.url);
      const { webhookPaymentFields, webhookSignature } = cases.subject;
      const paymentId = await harness.payment('500.00', webhookPaymentFields);
      const attempt = await harness.attempt(paymentId, '500.00');
      const providerRefundId = idIn(await harness.submit(attempt));
      const [delivery] = await eventually(
        async () => await Promise.resolve(inbox.deliveries),
        ({ length }) => length > 0,
      );
      await inbox.close();
      if (delivery === undefined || webhooks === undefined) throw new Error('no webhook to read');
      const { body, headers } = delivery;
      expect(webhooks.readWebhook(harness.account, body, headers)).toMatchObject({
        kind: 'look',
        paymentId: attempt.paymentId,
        providerRefundId,
      });
      for (let at = 0; at < body.length; at += Math.ceil(body.length / 7)) {
        const altered = Buffer.from(body);
        altered[at] = (body[at] ?? 0) ^ 1;
        expect(webhooks.readWebhook(harness.account, altered, headers)).toMatchObject({ kind: 'forged' });
      }
      if (webhookSignature !== 'body')
        expect(webhooks.readWebhook(harness.account, body, {})).toMatchObject({ kind: 'forged' });
    },
  );
}
