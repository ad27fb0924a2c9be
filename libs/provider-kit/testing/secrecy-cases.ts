import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { createLogger } from '#libs/observability';
import type { Cases } from './cases.ts';
import { handleIn, withIdOf, type Harness } from './harness.ts';

/** A stranger who sends back everything that came, credentials in plain text as well. */
async function echoServer(httpStatus: number) {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { headers, rawHeaders } = request;
      const opened = Buffer.from((headers.authorization ?? '').replace(/^\w+ /, ''), 'base64').toString();
      const echo = JSON.stringify({ opened, headers, rawHeaders, body });
      response.writeHead(httpStatus, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 'ECHO', description: echo }, status: echo, echo }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** What the product's own log writes of an account, its modules and all that was kept; no secret is registered with it here. */
function logLines({ account, patient, kept }: Harness): readonly string[] {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', name: 'suite', write: (line) => lines.push(line) });
  log.info({ account, patient, credentials: account.credentials }, inspect(patient, { depth: 9 }));
  log.error({ err: new Error('failed', { cause: Object.assign(new Error('inner'), { account }) }) });
  for (const answer of kept) log.info({ answer: JSON.parse(answer) as unknown }, answer);
  return lines;
}

/** What a port gave: an outcome, a look-up's result or a reading, and the record of the call. */
interface Kept {
  readonly outcome?: object;
  readonly exchange: { readonly answer: string };
}

/** Comes last: it looks at everything that the cases before it were given as well. */
export function secrecyCases(cases: Cases): void {
  const { subject } = cases;

  cases.add(
    'a provider that sends our request back to us does not bring a secret into the books',
    [],
    async (harness) => {
      const attempt = await harness.attempt(await harness.payment(), '500.00');
      const known = withIdOf(attempt, await harness.submit(attempt));
      for (const httpStatus of [200, 400, 401, 500]) {
        const echo = await echoServer(httpStatus);
        const account = subject.account(echo.url);
        await harness.submit(attempt, { account });
        await harness.lookUp(attempt, { account });
        await harness.lookUp(known, { account });
        await harness.readPayment(attempt.paymentId, { account });
        await echo.close();
      }
    },
  );

  cases.add(
    'no secret is in anything that was kept, and neither an account nor an error about it logs one',
    [],
    async (harness) => {
      await harness.submit(await harness.attempt(await harness.payment(), '500.00'));
      const shown = [
        ...harness.kept,
        JSON.stringify(harness.account),
        inspect(harness.account, { depth: 9, showHidden: true }),
        ...logLines(harness),
      ].join('\n');
      for (const secret of subject.secrets) {
        expect(shown).not.toContain(secret);
        expect(shown).not.toContain(Buffer.from(secret).toString('base64'));
      }
      expect(shown).not.toMatch(/\bBasic [A-Za-z0-9+/]/);
      const kept = harness.kept.map((text) => JSON.parse(text) as Kept);
      const answers = kept.map(({ exchange }) => exchange.answer);
      expect(Math.max(...answers.map((answer) => Buffer.byteLength(answer)))).toBeLessThanOrEqual(4096);
      // By a handle anyone may ask at the provider; it belongs into the refund's row and into no log.
      const handles = kept.map(({ outcome }) => handleIn(outcome ?? {})).filter((handle) => handle !== null);
      for (const handle of handles) expect(answers.join('\n')).not.toContain(handle);
    },
  );
}
