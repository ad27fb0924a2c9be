import type { BookedRefund, PaymentTruth } from '../simulator.ts';
import { exchange, SandboxClient, type Reply } from './sandbox-client.ts';

const braintreeAuthorization = `Basic ${Buffer.from('sandbox_public:sandbox_private').toString('base64')}`;

/** Plain HTTP against the simulated Braintree, for what its own library cannot say or hides. */
export class BraintreeClient {
  readonly sandbox: SandboxClient;
  readonly #url: string;

  constructor(url: string) {
    this.sandbox = new SandboxClient(url);
    this.#url = `${url}/merchants/sandbox_merchant`;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return await exchange(`${this.#url}${path}`, method, body === undefined ? null : text, {
      authorization: braintreeAuthorization,
      'content-type': 'application/json',
      'x-apiversion': '6',
      ...headers,
    });
  }

  async refund(
    paymentId: string,
    transaction: unknown = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    return await this.call('POST', `/transactions/${paymentId}/refund`, { transaction }, headers);
  }

  async find(transactionId: string): Promise<Reply> {
    return await this.call('GET', `/transactions/${transactionId}`);
  }

  async payment(amount = '500.00', more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const made = await this.sandbox.prepare('/payments', {
      provider: 'braintree',
      currency: 'USD',
      amount,
      ...more,
    });
    return String(made['paymentId']);
  }

  async behave(behaviour: Readonly<Record<string, unknown>>): Promise<void> {
    await this.sandbox.prepare('/behaviour', { provider: 'braintree', ...behaviour });
  }

  async change(refundId: string, change: string): Promise<Reply> {
    return await this.sandbox.admin('POST', `/refunds/braintree/${refundId}/${change}`);
  }

  async truth(paymentId: string): Promise<PaymentTruth> {
    const { text } = await this.sandbox.admin('GET', `/payments/braintree/${paymentId}`);
    return JSON.parse(text) as PaymentTruth;
  }

  async bookings(): Promise<readonly BookedRefund[]> {
    const { text } = await this.sandbox.admin('GET', '/refunds?provider=braintree');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as BookedRefund);
  }

  async requests(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { json } = await this.sandbox.admin('GET', '/requests?provider=braintree');
    return json['requests'] as readonly Readonly<Record<string, unknown>>[];
  }
}

/** The first element of that name; undefined when there is none, or it is empty or nil. */
export function elementIn({ text }: Reply, name: string): string | undefined {
  return new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`).exec(text)?.[1];
}

/** Every validation code of an answer. */
export function codesIn({ text }: Reply): string[] {
  return [...text.matchAll(/<code>(\d+)<\/code>/g)].map(([, code = '']) => code);
}
