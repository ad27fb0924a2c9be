import { setTimeout as sleep } from 'node:timers/promises';
import { SCRIPTS, type Plan, type SandboxClient } from '#libs/scenario';

const ROUND_MS = 100;

/**
 * Plays the bank behind the provider: settles or refuses each refund of the plan that the provider has accepted, as the plan says, until all
 * of them are decided or the signal aborts. Each is the only refund of its payment.
 */
export async function playBank(
  plan: Plan,
  sandbox: SandboxClient,
  paymentIds: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const { bank: script } = SCRIPTS[plan.provider];
  const waiting = new Map(
    plan.refunds.flatMap(({ payment, bank }) =>
      bank === null ? [] : [[paymentIds.get(payment) ?? '', bank] as const],
    ),
  );
  while (waiting.size > 0 && !signal.aborted) {
    for (const refund of await sandbox.refunds(plan.provider)) {
      const wanted = waiting.get(refund.paymentId);
      if (wanted === undefined || refund.status !== script.waiting) continue;
      await sandbox.changeRefund(plan.provider, refund.id, wanted === 'settle' ? 'settle' : script.refuse);
      waiting.delete(refund.paymentId);
    }
    await sleep(ROUND_MS);
  }
}
