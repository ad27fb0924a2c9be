import type { PlannedFault, PlannedPayment } from './plan.ts';

/** A refund as the sandbox has booked it. `status` is the provider's own word. */
export interface BookedRefund {
  readonly provider: string;
  readonly id: string;
  readonly paymentId: string;
  readonly amount: string;
  readonly currency: string;
  readonly status: string;
  readonly reference: string | null;
  readonly createdAt: string;
  readonly notes?: Readonly<Record<string, unknown>>;
}

/** A payment as the sandbox knows it: the truth at the provider. */
export interface PaymentTruth {
  readonly captured: string;
  readonly refunded: string;
  readonly inFlight: string;
  readonly refunds: readonly Omit<BookedRefund, 'provider' | 'paymentId'>[];
}

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly [key: string]: unknown;
}

/** The sandbox refused an admin call, or is not there. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code = 'SANDBOX_CALL_FAILED';
}

/** Payments made by one call: a request body far below the sandbox's limit. */
const PAYMENTS_PER_CALL = 2000;

/** The sandbox's own surface, all of it. Amounts are decimal strings in major units. */
export class SandboxClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url.replace(/\/+$/, '');
  }

  /** Makes the payments of a plan; answers their ids by the plan's names. */
  async createPayments(
    provider: string,
    payments: readonly PlannedPayment[],
  ): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>();
    for (const payment of payments) {
      if (payment.paymentId !== null) ids.set(payment.ref, payment.paymentId);
    }
    const wanted = payments.filter(({ kind }) => kind !== 'unknown');
    for (let from = 0; from < wanted.length; from += PAYMENTS_PER_CALL) {
      const part = wanted.slice(from, from + PAYMENTS_PER_CALL);
      const body = part.map(({ amount, currency, fields }) => ({ provider, amount, currency, ...fields }));
      const { paymentIds } = await this.call<{ readonly paymentIds: readonly string[] }>(
        'POST',
        '/payments',
        body,
      );
      part.forEach(({ ref }, index) => ids.set(ref, paymentIds[index] ?? ''));
    }
    return ids;
  }

  /** Makes one payment with the provider's own fields; answers what the sandbox answers. */
  async createPayment(fields: Readonly<Record<string, unknown>>): Promise<{ readonly paymentId: string }> {
    return await this.call('POST', '/payments', fields);
  }

  async payment(provider: string, paymentId: string): Promise<PaymentTruth> {
    return await this.call('GET', `/payments/${provider}/${encodeURIComponent(paymentId)}`);
  }

  /** Every refund the provider has booked, oldest first. */
  async refunds(provider: string): Promise<readonly BookedRefund[]> {
    const response = await this.fetch('GET', `/refunds?provider=${provider}`);
    const lines = (await response.text()).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as BookedRefund);
  }

  async addFault(provider: string, fault: PlannedFault): Promise<void> {
    await this.call('POST', '/faults', { provider, ...fault });
  }

  /** How often the faults of one provider, or of all, struck; summed by mode. Faults that were cleared are forgotten. */
  async faultsFired(provider?: string): Promise<ReadonlyMap<string, number>> {
    const { faults } = await this.call<{
      readonly faults: readonly {
        readonly provider: string;
        readonly mode: string;
        readonly fired: number;
      }[];
    }>('GET', '/faults');
    const fired = new Map<string, number>();
    for (const fault of faults)
      if (provider === undefined || fault.provider === provider)
        fired.set(fault.mode, (fired.get(fault.mode) ?? 0) + fault.fired);
    return fired;
  }

  /** Of one provider, or of all. */
  async clearFaults(provider?: string): Promise<void> {
    await this.call('DELETE', provider === undefined ? '/faults' : `/faults?provider=${provider}`);
  }

  async setLatency(ms: number): Promise<void> {
    await this.call('POST', '/latency', { ms });
  }

  async advanceClock(advanceMs: number): Promise<void> {
    await this.call('POST', '/clock', { advanceMs });
  }

  async setBehaviour(provider: string, behaviour: Readonly<Record<string, unknown>>): Promise<void> {
    await this.call('POST', '/behaviour', { provider, ...behaviour });
  }

  /** What happens at the bank later. */
  async changeRefund(
    provider: string,
    refundId: string,
    change: 'settle' | 'decline' | 'fail' | 'cancel' | 'reverse',
  ): Promise<void> {
    await this.call('POST', `/refunds/${provider}/${encodeURIComponent(refundId)}/${change}`);
  }

  async sendWebhooksTo(
    provider: string,
    url: string,
    trouble: {
      readonly order?: 'shuffled';
      readonly duplicates?: number;
      readonly loss?: number;
      readonly delayMs?: number;
    } = {},
  ): Promise<void> {
    await this.call('POST', '/webhooks', { provider, url, ...trouble });
  }

  async stopWebhooks(): Promise<void> {
    await this.call('DELETE', '/webhooks');
  }

  async requests(provider: string, limit: number): Promise<readonly LoggedRequest[]> {
    const answer = await this.call<{ readonly requests: readonly LoggedRequest[] }>(
      'GET',
      `/requests?provider=${provider}&limit=${String(limit)}`,
    );
    return answer.requests;
  }

  async reset(): Promise<void> {
    await this.call('DELETE', '/state');
  }

  private async call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.fetch(method, path, body);
    return (await response.json()) as Answer;
  }

  private async fetch(method: string, path: string, body?: unknown): Promise<Response> {
    const what = `${method} ${this.url}/_sandbox${path}`;
    // A connection of its own: one that is kept may be closed by a busy sandbox in the moment it is used again.
    const headers = { connection: 'close' };
    const request: RequestInit =
      body === undefined
        ? { method, headers }
        : { method, body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } };
    let response: Response;
    try {
      response = await fetch(`${this.url}/_sandbox${path}`, request);
    } catch (error) {
      throw new SandboxError(`${what}: no answer; is the sandbox running?`, { cause: error });
    }
    if (!response.ok) {
      throw new SandboxError(`${what}: ${String(response.status)} ${(await response.text()).slice(0, 500)}`);
    }
    return response;
  }
}
