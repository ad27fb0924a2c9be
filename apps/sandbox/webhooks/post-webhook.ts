import { request, type Agent } from 'node:http';

/** Both vendors count an answer that takes longer as a failure (Razorpay: 5 s). */
const TIMEOUT_MS = 5_000;

/** Posts once; true only for a 2xx answer received in time. Never rejects, never follows a redirect. */
export async function postWebhook(
  agent: Agent,
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<boolean> {
  return await new Promise((resolve) => {
    const outgoing = request(url, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    const deadline = setTimeout(() => outgoing.destroy(new Error('timeout')), TIMEOUT_MS);
    const finish = (received: boolean): void => {
      clearTimeout(deadline);
      resolve(received);
    };
    outgoing.on('error', () => finish(false));
    outgoing.on('response', (response) => {
      const { statusCode = 0 } = response;
      response.on('error', () => finish(false));
      response.on('end', () => finish(statusCode >= 200 && statusCode < 300));
      response.on('close', () => finish(false));
      response.resume();
    });
    outgoing.end(body);
  });
}
