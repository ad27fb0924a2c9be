// What the neutral part of the sandbox (admin surface, faults, latency, log) knows about a provider. One folder per provider
// implements it; nothing outside that folder speaks the provider's language.
import type { FastifyInstance } from 'fastify';
import type { AdminFields } from './admin/admin-fields.ts';
import type { ProviderCalls } from './calls/provider-calls.ts';
import type { ProviderName } from './provider-name.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import type { WebhookSender } from './webhooks/webhook-sender.ts';

/** Amounts are decimal strings in major units with exactly the currency's decimals; times are ISO-8601 of the sandbox's clock. */
export interface RefundTruth {
  readonly id: string;
  readonly amount: string;
  readonly currency: string;
  /** The provider's own status word. */
  readonly status: string;
  /** What the caller can find the refund again by (Razorpay: `receipt`). */
  readonly reference: string | null;
  readonly createdAt: string;
  readonly notes: Readonly<Record<string, unknown>>;
}

export interface BookedRefund extends RefundTruth {
  readonly provider: ProviderName;
  readonly paymentId: string;
}

/** `refunded` counts refunds that reached their final success, `inFlight` those that may still go either way; both exclude failures. */
export interface PaymentTruth {
  readonly provider: ProviderName;
  readonly paymentId: string;
  readonly currency: string;
  readonly status: string;
  readonly captured: string;
  readonly refunded: string;
  readonly inFlight: string;
  readonly refunds: readonly RefundTruth[];
}

export const refundChanges = ['settle', 'decline', 'fail', 'cancel', 'reverse'] as const;
export type RefundChange = (typeof refundChanges)[number];

/** What a simulator is built from; the sandbox owns and closes all of it. */
export interface SimulatorSurroundings {
  readonly clock: SandboxClock;
  readonly webhooks: WebhookSender;
}

export interface ProviderSimulator {
  readonly provider: ProviderName;
  /** Texts that must never be readable in the request log. */
  readonly secrets: readonly string[];

  /** Adds the provider's own paths; every one of them is served through `calls`, so that faults, latency and the log apply. */
  registerRoutes(app: FastifyInstance, calls: ProviderCalls): void;
  /**
   * Makes a payment; reads its fields, calls `fields.finish()` before anything exists, and throws AdminRefusal when it will not do.
   * The result is the admin call's answer and has at least `paymentId`.
   */
  createPayment(fields: AdminFields): { readonly paymentId: string };
  readPayment(paymentId: string): PaymentTruth | undefined;
  /** Every refund ever booked, oldest first, as of the call. */
  listRefunds(): Iterable<BookedRefund>;
  /** Undefined when there is no such refund; throws AdminRefusal when the provider knows no such change. */
  changeRefund(refundId: string, change: RefundChange): BookedRefund | undefined;
  /** Changes the named settings only and answers all of them; throws AdminRefusal. */
  setBehaviour(fields: AdminFields): Readonly<Record<string, unknown>>;
  /** Forgets payments, refunds, keys and behaviour. */
  reset(): void;
}
