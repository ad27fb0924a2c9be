import type { FastifyRequest } from 'fastify';
import { answered, type AcceptedCall, type Answer } from '../calls/answer.ts';
import { emptyAnswer, xmlAnswer } from './answers.ts';
import type { BraintreeLedger } from './ledger.ts';
import { isFields, readFields, type Fields } from './request-body.ts';
import { readCriteria, searchFields } from './search-criteria.ts';
import { transactionFields } from './transaction-xml.ts';
import type { BraintreeTransaction } from './transaction.ts';
import { xmlArray } from './xml.ts';

const PAGE_SIZE = 50;

/** `POST …/transactions/advanced_search_ids`: the ids of everything found, newest first, and how many of them make a page. */
export function acceptIdSearch(ledger: BraintreeLedger, request: FastifyRequest): AcceptedCall {
  return searched(ledger, request, (found) =>
    xmlAnswer(200, 'search-results', {
      'page-size': PAGE_SIZE,
      ids: xmlArray(
        'item',
        found.map(({ id }) => id),
      ),
    }),
  );
}

/** `POST …/transactions/advanced_search`: the transactions themselves, a page of them. */
export function acceptSearch(ledger: BraintreeLedger, request: FastifyRequest): AcceptedCall {
  return searched(ledger, request, (found) =>
    xmlAnswer(200, 'credit-card-transactions', {
      xmlList: 'collection',
      itemName: 'transaction',
      items: found.slice(0, PAGE_SIZE).map(transactionFields),
      beside: { 'current-page-number': 1, 'page-size': PAGE_SIZE, 'total-items': found.length },
    }),
  );
}

function searched(
  ledger: BraintreeLedger,
  request: FastifyRequest,
  render: (found: readonly BraintreeTransaction[]) => Answer,
): AcceptedCall {
  const reading = readFields(request, 'search', searchFields);
  if (reading.kind === 'refused') {
    return answered(reading.answer);
  }
  const { fields } = reading;
  const matches = readCriteria(fields);
  if (matches === undefined) {
    return answered(emptyAnswer(403));
  }
  return {
    perform: () => {
      // A page names its ids. A client waits for exactly these, so one that meanwhile left the search is shown all the same.
      const ids = fields['ids'];
      return render(
        Array.isArray(ids)
          ? ids.flatMap((id) => ledger.find(String(id)) ?? [])
          : candidates(ledger, fields).filter(matches).toReversed(),
      );
    },
  };
}

/** An order id finds a handful among a hundred thousand without looking at each. */
function candidates(ledger: BraintreeLedger, criteria: Fields): readonly BraintreeTransaction[] {
  const order = criteria['order_id'];
  return isFields(order) && typeof order['is'] === 'string'
    ? ledger.withOrderId(order['is'])
    : ledger.transactions;
}
