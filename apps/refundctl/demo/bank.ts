import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan, SandboxClient } from '#libs/scenario';

const ROUND_MS = 100;

/**
 * Plays the bank behind the provider: settles or fails each refund of the plan that the provider has accepted, as the plan says, until all
 * of them are decided or the signal aborts.
 */
export async function playBank(plan: Plan, sandbox: SandboxClient, signal: AbortSignal): Promise<void> {
  const waiting = new Map(
    plan.refunds.flatMap(({ refundId, bank }) => (bank === null ? [] : [[refundId, bank] as const])),
  );
  while (waiting.size > 0 && !signal.aborted) {
    for (const refund of await sandbox.refunds(plan.provider)) {
      const refundId = String(refund.notes?.['refundry_id']);
      const change = waiting.get(refundId);
      if (change === undefined || refund.status !== 'pending') continue;
      await sandbox.changeRefund(plan.provider, refund.id, change);
      waiting.delete(refundId);
    }
    await sleep(ROUND_MS);
  }
}
