import type { Answer } from '../calls/answer.ts';
import type { EchoField } from '../calls/fault.ts';
import { randomIdentifier } from './identifiers.ts';

/**
 * One value of the transaction (of every one, in a search) wrong, yet well formed: an amount one unit of money higher, another currency, or
 * another payment's id. Refusals stay as they are, also when they carry a transaction.
 */
export function distortedAnswer(answer: Answer, field: EchoField): Answer {
  if (answer.body.includes('<api-error-response>')) {
    return answer;
  }
  const body = answer.body.replaceAll(/<transaction>.*?<\/transaction>/gs, (transaction) =>
    distorted(transaction, field),
  );
  return { ...answer, body };
}

/** The first element of a name is the transaction's own; those in its parts come later. */
function distorted(transaction: string, field: EchoField): string {
  switch (field) {
    case 'amount':
      return transaction.replace(/<amount>(\d+)/, (_found, whole: string) => `<amount>${Number(whole) + 1}`);
    case 'currency':
      return transaction.replace(
        /(<currency-iso-code>)(\w+)/,
        (_found, start: string, code: string) => `${start}${code === 'USD' ? 'EUR' : 'USD'}`,
      );
    case 'payment': {
      const refunded = /<refunded-transaction-id>\w+/;
      return refunded.test(transaction)
        ? transaction.replace(refunded, `<refunded-transaction-id>${randomIdentifier()}`)
        : transaction.replace(/<id>\w+/, `<id>${randomIdentifier()}`);
    }
  }
}
