import type { DeskTrouble } from '#libs/provider-kit';
import { CommandFailure } from '../failure.ts';

type Because = Extract<DeskTrouble, { kind: 'unavailable' }>['because'];

const NEXT: Readonly<Record<Because, string>> = {
  notSent: "check the network, and the account's base URL or SANDBOX_URL",
  rateLimited: 'wait, then ask again; the processor shares this limit',
  credentials: "check the account's keys: live refunds are not seen with test keys",
  noAnswer: 'ask again; if it stays so, see the status page of the provider',
};

/** A question without an answer, as the failure that a person reads. `about` is what was asked for. */
export function failureOf(trouble: DeskTrouble, label: string, about: string): CommandFailure {
  const notDone = 'nothing was shown or changed';
  switch (trouble.kind) {
    case 'notFound':
      return new CommandFailure(
        'PROVIDER_REFUND_NOT_FOUND',
        {
          happened: `${label} does not know ${about}: ${trouble.text}`,
          notDone,
          next: 'check the id and the account; `refunds list` shows what is there',
        },
        2,
      );
    case 'refused':
      return new CommandFailure(
        'PROVIDER_REFUSED',
        {
          happened: `${label} refused the question: ${trouble.text}`,
          notDone,
          next: 'correct what it names',
        },
        2,
      );
    case 'unavailable': {
      const { because, retryAfterMs, text } = trouble;
      const wait = retryAfterMs === null ? '' : ` (it asks for ${String(Math.ceil(retryAfterMs / 1000))} s)`;
      return new CommandFailure('PROVIDER_UNAVAILABLE', {
        happened: `${label} gave no answer about ${about}: ${text}${wait}`,
        notDone: text.includes('may have been written') ? 'it is not known whether it was written' : notDone,
        next: NEXT[because],
      });
    }
  }
}
