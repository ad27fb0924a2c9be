import {
  PAYMENT_PLACEHOLDER,
  RUN_HEADER,
  type MessageFate,
  type PlannedEnd,
  type PlannedMessage,
  type PlannedPayment,
  type PlannedRefund,
  type Wave,
} from './plan.ts';
import type { ProviderScript } from './provider-script.ts';
import type { Random } from './random.ts';

/** The fields of a request as they will stand in JSON; `undefined` leaves one out. */
export type Fields = Readonly<Record<string, unknown>>;

export interface ScenePayment {
  readonly ref: string;
  readonly minor: number;
  readonly currency: string;
}

export interface SendOptions {
  readonly fate?: MessageFate;
  readonly wave?: Wave;
  /** Replaces the JSON text. */
  readonly body?: PlannedMessage['body'];
  /** Structured mode: the event's attributes stand in the body beside the request. */
  readonly structured?: true;
  /** A null takes the header away; a list repeats it. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
}

/** Decimals of the currencies the stories pay in. */
const DECIMALS: Readonly<Record<string, number>> = { JPY: 0, KWD: 3 };

/** Minor units as the decimal text events carry. */
export function major(minor: number, currency: string): string {
  const decimals = DECIMALS[currency] ?? 2;
  if (decimals === 0) return String(minor);
  const digits = String(minor).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Where one story is told: it makes payments, asks for refunds of them and sends messages. */
export class Scene {
  readonly payments: PlannedPayment[] = [];
  readonly refunds: PlannedRefund[] = [];
  readonly messages: PlannedMessage[] = [];

  constructor(
    private readonly story: string,
    private readonly wave: Wave,
    readonly random: Random,
    private readonly runId: string,
    readonly script: ProviderScript,
    /** Counts up over the whole plan. */
    private readonly number: (of: 'payment' | 'refund' | 'message') => number,
  ) {}

  /** A payment of a random amount from 20.00 up to what the provider's script allows. */
  payment(
    kind: PlannedPayment['kind'] = 'captured',
    currency = this.script.currency,
    wanted?: number,
  ): ScenePayment {
    // Always a multiple of ten: three-decimal currencies are only taken with a last digit of zero.
    const minor = wanted ?? this.random.int(200, this.script.minorMax / 10) * 10;
    const ref = `p${String(this.number('payment'))}`;
    this.payments.push({
      ref,
      amount: major(minor, currency),
      currency,
      kind,
      fields: this.script.paymentFields(kind, currency),
      paymentId: kind === 'unknown' ? this.script.unknownPaymentId(this.random) : null,
    });
    return { ref, minor, currency };
  }

  /** Asks for a refund; `fields` is laid over a plain request. Answers what was sent, to be sent again. */
  request(
    payment: ScenePayment,
    fields: Fields,
    end: PlannedEnd,
    options: SendOptions & { readonly bank?: 'settle' | 'refuse' } = {},
  ): Fields {
    const refundId = `rf_${this.runId}_${String(this.number('refund')).padStart(5, '0')}`;
    const wave = options.wave ?? this.wave;
    const bank = options.bank ?? null;
    this.refunds.push({ refundId, story: this.story, payment: payment.ref, wave, end, bank });
    const body: Fields = {
      refundId,
      provider: this.script.name,
      paymentId: PAYMENT_PLACEHOLDER,
      currency: payment.currency,
      reason: 'customer_request',
      requestedBy: 'orders/demo',
      orderId: `o-${payment.ref.slice(1)}`,
      metadata: { story: this.story },
      ...fields,
    };
    this.send(payment, body, options);
    return body;
  }

  /** Sends one message, with the headers of a CloudEvent in binary mode unless told otherwise. */
  send(payment: ScenePayment, body: Fields, options: SendOptions = {}): void {
    const id = `${this.runId}-${String(this.number('message'))}`;
    const event = { specversion: '1.0', type: 'RefundRequested', id, source: '/orders/demo' };
    const transport: Readonly<Record<string, string>> =
      options.structured === true
        ? { 'content-type': 'application/cloudevents+json; charset=utf-8' }
        : {
            'content-type': 'application/json',
            ...Object.fromEntries(Object.entries(event).map(([name, value]) => [`ce_${name}`, value])),
          };
    const headers: Readonly<Record<string, string | readonly string[] | null>> = {
      ...transport,
      ...options.headers,
      [RUN_HEADER]: this.runId,
    };
    const text = JSON.stringify(options.structured === true ? { ...event, data: body } : body);
    this.messages.push({
      story: this.story,
      payment: payment.ref,
      wave: options.wave ?? this.wave,
      fate: options.fate ?? 'first',
      body: options.body === undefined ? { text } : options.body,
      headers: Object.entries(headers).flatMap(([name, value]) =>
        (value === null ? [] : [value].flat()).map((one) => [name, one] as const),
      ),
    });
  }
}

/** One kind of thing that happens. `refunds`: how many refundIds it uses. `weight`: how often it happens after every kind happened once. */
export interface Story {
  readonly name: string;
  readonly refunds: number;
  readonly weight: number;
  readonly wave: Wave;
  readonly tell: (scene: Scene) => void;
}

export function story(
  name: string,
  refunds: number,
  weight: number,
  tell: Story['tell'],
  wave: Wave = 'main',
): Story {
  return { name, refunds, weight, wave, tell };
}

export function completed(minor: number, currency: string): PlannedEnd {
  return { state: 'completed', amount: major(minor, currency) };
}

export function rejected(code: string | null): PlannedEnd {
  return { state: 'failed', kind: 'rejected', code };
}
