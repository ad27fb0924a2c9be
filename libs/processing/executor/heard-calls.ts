import type { Exchange, PaymentAnswer } from '#libs/provider-kit';
import type { LookUpResult, Outcome } from '#libs/refund';
import type { Heard } from './breaker.ts';
import type { Answered, CallKind, Calls } from './calls.ts';

/** The calls made for one claimed refund: keeps how the last of them ended, which is what its account is judged by. */
export class HeardCalls implements Calls {
  private last: Heard | null = null;

  constructor(private readonly calls: Calls) {}

  /** Null: the provider was not called. */
  get heard(): Heard | null {
    return this.last;
  }

  async run<Answer extends Answered>(kind: CallKind, call: () => Promise<Answer>): Promise<Answer> {
    const answer = await this.calls.run(kind, call);
    this.last = heardOf(answer) ?? this.last;
    return answer;
  }
}

function heardOf(answer: Answered): Heard | null {
  const { exchange } = answer;
  if (exchange === null || exchange.asked === false) return null;
  const told = toldIn(answer);
  if ('because' in told && told.because === 'rateLimited')
    return { kind: 'tooMany', retryAfterMs: told.retryAfterMs };
  return { kind: isAnswer(exchange) ? 'answered' : 'failed' };
}

function toldIn(answer: Answered): PaymentAnswer | LookUpResult | Outcome | { readonly kind: string } {
  if ('outcome' in answer) return answer.outcome;
  return 'result' in answer ? answer.result : answer;
}

/** Whatever it says: the provider was reached and had no trouble of its own. */
export function isAnswer({ httpStatus }: Exchange): boolean {
  return httpStatus !== null && httpStatus < 500;
}
