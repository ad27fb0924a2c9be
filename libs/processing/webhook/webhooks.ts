import type { WebhookHint } from '#libs/provider-kit';
import type { WebhookRow, WebhookStore } from '#libs/store';
import type { AccountBook, ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import { Recently } from './recently.ts';

/**
 * What became of a delivery. `stored` and `repeated`: it is kept, and look-ups are due where it brings news. `ignored`: genuine, but not about a
 * refund. `notStored`: the database did not take it in time; the vendor has to send it again.
 */
export type WebhookVerdict = 'stored' | 'repeated' | 'ignored' | 'forged' | 'noAccount' | 'notStored';

export interface WebhookOptions {
  /** Vendors count an answer after five seconds as none. Longer than that, and what was stored would be sent again all day. */
  readonly answerWithinMs: number;
  /** A repetition that comes later is taken for a new event, which costs a look-up. Vendors repeat for a day, their support for two weeks. */
  readonly keptMs: number;
}

export const WEBHOOK_OPTIONS: WebhookOptions = { answerWithinMs: 4000, keptMs: 30 * 86_400_000 };

/** Header names in lower case, as Node gives them. */
type Headers = Readonly<Record<string, string | undefined>>;

/** What a column takes and a log line shows; no vendor's id needs more. A name that is none is no name: the database would refuse the row for ever. */
const NAME = /^[\x21-\x7e]{1,255}$/;
const FORGET_EVERY_MS = 3_600_000;
/** Anybody may post to the address, and an account may be subscribed to everything: the metric counts them all, the log has a line a minute. */
const TELL_AGAIN_MS = 60_000;

/**
 * Takes webhooks: verified by the provider's module, kept once, answered at once. No refund is changed by what one says; it only makes a look-up
 * due, which asks the provider. So a webhook that is lost, late, repeated or out of order can do no harm.
 */
export class Webhooks {
  private readonly told = new Recently(TELL_AGAIN_MS);
  private forgetAtMs = 0;

  /** `onHint`: look-ups may be due now. */
  constructor(
    private readonly store: WebhookStore,
    private readonly accounts: AccountBook,
    private readonly watch: Watch,
    private readonly onHint: () => void,
    private readonly options: WebhookOptions = WEBHOOK_OPTIONS,
  ) {}

  /** Never rejects because of the database; `rawBody` are the bytes as they came, for they are what is signed. */
  async receive(provider: string, name: string, rawBody: Buffer, headers: Headers): Promise<WebhookVerdict> {
    const account = this.accountOf(provider, name);
    const reader = account?.module.webhooks;
    if (account === null || reader === undefined) return this.count(null, 'noAccount');
    const hint = reader.readWebhook(account.account, rawBody, headers);
    if (hint.kind !== 'look') {
      const verdict = hint.kind === 'forged' ? 'forged' : 'ignored';
      this.tell(account, verdict, hint.why);
      return this.count(account, verdict);
    }
    if (!NAME.test(hint.eventId)) {
      this.tell(account, 'ignored', 'the event has no usable id');
      return this.count(account, 'ignored');
    }
    return this.count(account, await this.take(account, hint));
  }

  /** The answer to a provider that asks whether the address is ours; null where there is no such account or it asks no such thing. */
  answerChallenge(
    provider: string,
    name: string,
    query: Readonly<Record<string, string | undefined>>,
  ): string | null {
    const account = this.accountOf(provider, name);
    return account?.module.webhooks?.answerChallenge?.(account.account, query) ?? null;
  }

  private accountOf(provider: string, name: string): ProcessingAccount | null {
    const resolved = this.accounts.resolve(provider, name);
    return resolved.kind === 'account' ? resolved.account : null;
  }

  private async take(
    account: ProcessingAccount,
    hint: WebhookHint & { readonly kind: 'look' },
  ): Promise<WebhookVerdict> {
    try {
      const taken = await within(this.options.answerWithinMs, this.store.take(rowOf(account, hint)));
      await this.watch.step('webhook.stored');
      if (taken.hinted) this.onHint();
      this.forgetOld();
      return taken.isNew ? 'stored' : 'repeated';
    } catch (error) {
      this.watch.log('error', 'a webhook could not be stored; its sender has to repeat it', {
        provider: account.account.provider,
        account: account.account.name,
        error: String(error),
      });
      return 'notStored';
    }
  }

  /** Now and then, beside the answer: nobody waits for it. */
  private forgetOld(): void {
    if (Date.now() < this.forgetAtMs) return;
    this.forgetAtMs = Date.now() + FORGET_EVERY_MS;
    this.store.forget(this.options.keptMs).then(
      ({ more }) => {
        if (more) this.forgetAtMs = 0;
      },
      (error: unknown) => {
        this.watch.log('warn', 'old webhooks could not be forgotten; later again', { error: String(error) });
      },
    );
  }

  private tell(account: ProcessingAccount, verdict: 'forged' | 'ignored', why: string): void {
    const { provider, name } = account.account;
    if (!this.told.isNew(`${provider}/${name} ${verdict} ${why}`, performance.now())) return;
    const [level, message] =
      verdict === 'forged'
        ? (['warn', 'a webhook was refused: it is not what the provider signed'] as const)
        : (['info', 'a webhook was ignored'] as const);
    this.watch.log(level, message, { provider, account: name, why });
  }

  private count(account: ProcessingAccount | null, verdict: WebhookVerdict): WebhookVerdict {
    this.watch.webhook(account?.account.provider ?? 'none', verdict);
    return verdict;
  }
}

function rowOf(account: ProcessingAccount, hint: WebhookHint & { readonly kind: 'look' }): WebhookRow {
  return {
    merchantNo: account.merchantNo,
    accountNo: account.accountNo,
    eventId: hint.eventId,
    paymentId: nameOf(hint.paymentId),
    providerRefundId: nameOf(hint.providerRefundId),
    shows: hint.shows ?? null,
  };
}

function nameOf(text: string | null): string | null {
  return text !== null && NAME.test(text) ? text : null;
}

/** Rejects when the work takes longer; the work itself goes on. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer of the database within ${String(ms)} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
