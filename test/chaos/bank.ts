import { setTimeout as pause } from 'node:timers/promises';
import { SCRIPTS, type Plan, type SandboxClient } from '#libs/scenario';

const ROUND_MS = 150;

/**
 * The bank behind a provider, until the signal aborts: it refuses what the plan says and settles everything else that waits for it. Other traffic than the
 * plan's bank stories waits for it too, because it is still under way when the sandbox begins to wait for its bank.
 */
export async function runBank(
  plan: Plan,
  sandbox: SandboxClient,
  paymentIds: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const { bank } = SCRIPTS[plan.provider];
  const refused = new Set(
    plan.refunds.flatMap((refund) => (refund.bank === 'refuse' ? [paymentIds.get(refund.payment)] : [])),
  );
  while (!signal.aborted) {
    for (const refund of await sandbox.refunds(plan.provider)) {
      // A voided payment stands in the books under its own id; it waits for nobody.
      if (refund.status !== bank.waiting || refund.id === refund.paymentId) continue;
      const change = refused.has(refund.paymentId) ? bank.refuse : 'settle';
      // By the time it is asked, the sandbox may have settled it by itself.
      await sandbox.changeRefund(plan.provider, refund.id, change).catch(() => undefined);
    }
    await pause(ROUND_MS);
  }
}
