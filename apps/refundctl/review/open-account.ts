import type { Config } from '#libs/config';
import { optionsOf, retryPolicy, type ReviewAccount } from '#libs/processing/review';
import { createHttpEdge, type SoughtRefund } from '#libs/provider-kit';
import type { RefundView, ReviewDetail } from '#libs/store';
import { withDesk } from '../desk/open-desk.ts';
import { PROVIDERS } from '../providers.ts';

/** Lends the account that a refund is pinned to, with the times that the processors of this configuration keep. */
export async function withReviewAccount<Answer>(
  config: Config,
  { provider, account }: RefundView,
  use: (account: ReviewAccount) => Promise<Answer>,
): Promise<Answer> {
  return await withDesk(config, provider, account, async ({ configured, account: opened, module }) => {
    const { timing } = configured;
    const policy = retryPolicy(module.capabilities, timing, config.executor);
    const spacingMs = timing.spacingMs ?? module.capabilities.spacingMs;
    return await use({ account: opened, module, policy, spacingMs });
  });
}

/** What a person looks at, at the provider. Needs no account. */
export function placesOf(config: Config, view: RefundView, detail: ReviewDetail): readonly string[] {
  const create = PROVIDERS.get(view.provider);
  const edge = createHttpEdge({});
  const module = create?.({ edge, callTimeoutMs: config.executor.callTimeoutMs }).module;
  edge.close();
  return module?.whereToLook?.(soughtRefund(view, detail)) ?? [`look at payment ${view.paymentId} there`];
}

function soughtRefund(view: RefundView, { attempts }: ReviewDetail): SoughtRefund {
  const last = attempts.at(-1);
  return {
    refundId: view.refundId,
    paymentId: view.paymentId,
    action: view.attempt?.action ?? 'refund',
    amount: view.amount ?? view.asked,
    currency: view.currency,
    references: [...new Set(attempts.map(({ reference }) => reference))],
    options: optionsOf(view),
    calledAtMs: last === undefined ? null : (last.fencedAtMs ?? last.armedAtMs),
    providerRefundId: view.providerRefundId,
  };
}
