import type { ProviderCalls } from '../calls/provider-calls.ts';
import type { SandboxClock } from '../sandbox-clock.ts';
import { providerNames, type ProviderName } from '../provider-name.ts';
import type { ProviderSimulator } from '../simulator.ts';
import type { WebhookSender } from '../webhooks/webhook-sender.ts';
import type { AdminFields } from './admin-fields.ts';
import { invalidRequest } from './admin-refusal.ts';

export interface AdminSurroundings {
  readonly clock: SandboxClock;
  readonly webhooks: WebhookSender;
  readonly calls: ProviderCalls;
  readonly providers: ReadonlyMap<ProviderName, ProviderSimulator>;
}

/** Finds the simulator a caller named; throws AdminRefusal for any other word. */
export function simulatorNamed(surroundings: AdminSurroundings, name: string): ProviderSimulator {
  const provider = providerNames.find((candidate) => candidate === name);
  if (provider === undefined) {
    throw invalidRequest(`"${name}" is not a provider; known are ${providerNames.join(', ')}`);
  }
  const simulator = surroundings.providers.get(provider);
  if (simulator === undefined) {
    throw new Error(`${provider} is a provider without a simulator`);
  }
  return simulator;
}

export function simulatorOf(surroundings: AdminSurroundings, fields: AdminFields): ProviderSimulator {
  return simulatorNamed(surroundings, fields.requiredText('provider'));
}

/** The simulator of an optional `?provider=`; undefined means all of them. */
export function simulatorInQuery(
  surroundings: AdminSurroundings,
  query: unknown,
): ProviderSimulator | undefined {
  const { provider } = query as { provider?: string };
  return provider === undefined ? undefined : simulatorNamed(surroundings, provider);
}
