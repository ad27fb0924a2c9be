import { Agent } from 'node:http';
import type { ProviderName } from '../provider-name.ts';
import type { SandboxClock } from '../sandbox-clock.ts';
import { WebhookTarget, type WebhookEvent, type WebhookRegistration } from './webhook-target.ts';

/** Where each provider's webhooks go: one receiver per provider, the latest registration wins. */
export class WebhookSender {
  readonly #targets = new Map<ProviderName, WebhookTarget>();
  readonly #clock: SandboxClock;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  /** Replaces the provider's receiver, together with whatever still waited for the old one. */
  register(registration: WebhookRegistration): WebhookTarget {
    this.remove(registration.provider);
    const target = new WebhookTarget(registration, this.#clock, this.#agent);
    this.#targets.set(registration.provider, target);
    return target;
  }

  /** Ask before building an event: without a receiver the work is wasted. */
  listensFor(provider: ProviderName): boolean {
    return this.#targets.has(provider);
  }

  send(provider: ProviderName, event: WebhookEvent): void {
    this.#targets.get(provider)?.send(event);
  }

  list(): readonly WebhookTarget[] {
    return [...this.#targets.values()];
  }

  /** Answers how many receivers were removed. */
  remove(provider?: ProviderName): number {
    const removed = [...this.#targets.values()].filter(
      (target) => provider === undefined || target.registration.provider === provider,
    );
    for (const target of removed) {
      target.stop();
      this.#targets.delete(target.registration.provider);
    }
    return removed.length;
  }

  close(): void {
    this.remove();
    this.#agent.destroy();
  }
}
