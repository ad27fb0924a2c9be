/** One refund as the provider has booked it; declined ones are listed and not counted. */
interface BookedRefund {
  readonly id: string;
  readonly amount: string;
  readonly currency: string;
  readonly status: string;
}

export interface BookedPayment {
  readonly captured: string;
  readonly refunded: string;
  readonly inFlight: string;
  readonly refunds: readonly BookedRefund[];
}

export interface LoggedRequest {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
}

/** The sandbox's own surface for one provider: makes payments, plants faults, tells what was really booked. */
export class SandboxAdmin {
  readonly #url: string;
  readonly #provider: string;

  constructor(url: string, provider: string) {
    this.#url = url;
    this.#provider = provider;
  }

  async reset(): Promise<void> {
    await this.#ask('DELETE', '/state');
  }

  async newPayment(fields: Readonly<Record<string, unknown>>): Promise<string> {
    const { paymentId } = (await this.#post('/payments', fields)) as { paymentId: string };
    return paymentId;
  }

  async booked(paymentId: string): Promise<BookedPayment> {
    return (await this.#ask('GET', `/payments/${this.#provider}/${paymentId}`)) as BookedPayment;
  }

  async plantFault(fields: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#post('/faults', fields);
  }

  async clearFaults(): Promise<void> {
    await this.#ask('DELETE', '/faults');
  }

  async setBehaviour(fields: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#post('/behaviour', fields);
  }

  /** What happens at the bank later. */
  async change(
    providerRefundId: string,
    change: 'settle' | 'decline' | 'fail' | 'cancel' | 'reverse',
  ): Promise<void> {
    await this.#ask('POST', `/refunds/${this.#provider}/${providerRefundId}/${change}`);
  }

  /** Moves the clock by which the provider settles, finishes and forgets. */
  async advanceClock(advanceMs: number): Promise<void> {
    await this.#ask('POST', '/clock', { advanceMs });
  }

  async sendWebhooksTo(url: string): Promise<void> {
    await this.#post('/webhooks', { url });
  }

  async requests(): Promise<readonly LoggedRequest[]> {
    const answer = await this.#ask('GET', `/requests?provider=${this.#provider}&limit=1000`);
    return (answer as { requests: readonly LoggedRequest[] }).requests;
  }

  async #post(path: string, fields: Readonly<Record<string, unknown>>): Promise<unknown> {
    return await this.#ask('POST', path, { provider: this.#provider, ...fields });
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const init: RequestInit =
      body === undefined
        ? { method }
        : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await fetch(`${this.#url}/_sandbox${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the sandbox refused ${method} ${path}: ${text}`);
    return JSON.parse(text);
  }
}
