import type { PaymentTruth, RefundTruth } from '../simulator.ts';

export const razorpayAuthorization = `Basic ${Buffer.from('rzp_test_sandbox:sandbox_secret').toString('base64')}`;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Empty when the body is not a JSON object. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Plain HTTP against a running sandbox, as any program outside this project would speak to it. */
export class SandboxClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async admin(method: string, path: string, body?: unknown): Promise<Reply> {
    return await exchange(
      `${this.url}/_sandbox${path}`,
      method,
      body === undefined ? null : JSON.stringify(body),
      {},
    );
  }

  /** Like `admin`, for calls that a test only needs to have happened. */
  async prepare(path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
    const reply = await this.admin('POST', path, body);
    if (reply.status !== 200) {
      throw new Error(`POST /_sandbox${path} answered ${reply.status}: ${reply.text}`);
    }
    return reply.json;
  }

  async reset(): Promise<void> {
    await this.admin('DELETE', '/state');
  }

  async razorpay(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return await exchange(`${this.url}/v1${path}`, method, body === undefined ? null : text, {
      authorization: razorpayAuthorization,
      'content-type': 'application/json',
      ...headers,
    });
  }

  async refund(
    paymentId: string,
    body: unknown = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    return await this.razorpay('POST', `/payments/${paymentId}/refund`, body, headers);
  }

  async payment(amount = '500.00', more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const made = await this.prepare('/payments', { provider: 'razorpay', currency: 'INR', amount, ...more });
    return String(made['paymentId']);
  }

  async truth(paymentId: string): Promise<PaymentTruth> {
    const reply = await this.admin('GET', `/payments/razorpay/${paymentId}`);
    return JSON.parse(reply.text) as PaymentTruth;
  }

  /** The books once they show a refund. */
  async truthOnceBooked(paymentId: string): Promise<PaymentTruth> {
    return await eventually(
      async () => await this.truth(paymentId),
      ({ refunds }) => refunds.length > 0,
    );
  }

  /** Resolves once so many provider calls have reached the sandbox, answered or not. */
  async arrivals(count: number): Promise<void> {
    await eventually(
      async () => (await this.requests()).length,
      (arrived) => arrived >= count,
    );
  }

  async requests(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { json } = await this.admin('GET', '/requests?provider=razorpay');
    return json['requests'] as readonly Readonly<Record<string, unknown>>[];
  }

  async bookings(): Promise<(RefundTruth & { readonly paymentId: string; readonly provider: string })[]> {
    const { text } = await this.admin('GET', '/refunds?provider=razorpay');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) => JSON.parse(line) as RefundTruth & { readonly paymentId: string; readonly provider: string },
      );
  }
}

/** Razorpay's own sentence about what went wrong. */
export function descriptionOf(reply: Reply): unknown {
  return (reply.json['error'] as Readonly<Record<string, unknown>> | undefined)?.['description'];
}

/** Asks again until the answer is there; rejects with the last answer after five seconds. */
export async function eventually<Value>(
  ask: () => Value | Promise<Value>,
  isReady: (value: Value) => boolean,
  limitMs = 5_000,
): Promise<Value> {
  const deadlineMs = Date.now() + limitMs;
  for (;;) {
    const value = await ask();
    if (isReady(value)) {
      return value;
    }
    if (Date.now() > deadlineMs) {
      throw new Error(`still waiting after ${String(limitMs)} ms; last seen: ${JSON.stringify(value)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** One request, never following a redirect. */
export async function exchange(
  url: string,
  method: string,
  body: string | null,
  headers: Readonly<Record<string, string>>,
): Promise<Reply> {
  const response = await fetch(url, { method, body, headers, redirect: 'manual' });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: objectIn(text) };
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
