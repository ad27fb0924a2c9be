import { toMajorUnits } from './currencies.ts';
import { isFields, scalarText, type Fields } from './request-body.ts';
import { instrumentTypeOf } from './transaction-xml.ts';
import type { BraintreeTransaction, TransactionStatus } from './transaction.ts';

type Test = (transaction: BraintreeTransaction) => boolean;
type Read<Value> = (transaction: BraintreeTransaction) => Value;

const texts: Readonly<Record<string, Read<string | null>>> = {
  id: ({ id }) => id,
  order_id: ({ orderId }) => orderId,
  currency: ({ currency }) => currency,
  settlement_batch_id: ({ settlementBatchId }) => settlementBatchId,
  credit_card_number: ({ instrument: { bin, last4 } }) => (bin === null ? null : `${bin}******${last4}`),
};

const lists: Readonly<Record<string, Read<string>>> = {
  ids: ({ id }) => id,
  type: ({ type }) => type,
  status: ({ status }) => status,
  merchant_account_id: ({ merchantAccountId }) => merchantAccountId,
  payment_instrument_type: ({ instrument }) => instrumentTypeOf(instrument),
  credit_card_card_type: ({ instrument }) => instrument.cardType ?? '',
  source: () => 'api',
};

const reached =
  (status: TransactionStatus): Read<number | null> =>
  ({ history }) =>
    history.find((event) => event.status === status)?.atMs ?? null;

const times: Readonly<Record<string, Read<number | null>>> = {
  created_at: ({ createdAtMs }) => createdAtMs,
  authorized_at: reached('authorized'),
  submitted_for_settlement_at: reached('submitted_for_settlement'),
  settled_at: reached('settled'),
  voided_at: reached('voided'),
  failed_at: reached('failed'),
  gateway_rejected_at: reached('gateway_rejected'),
  processor_declined_at: reached('processor_declined'),
};

const others = ['amount', 'refund'] as const;

/** The fields a search may name. The vendor has more, about customers and addresses that do not exist here. */
export const searchFields: ReadonlySet<string> = new Set([
  ...Object.keys(texts),
  ...Object.keys(lists),
  ...Object.keys(times),
  ...others,
]);

/** One test for all criteria together; undefined when one of them has no meaning. */
export function readCriteria(criteria: Fields): Test | undefined {
  const tests: Test[] = [];
  for (const [name, criterion] of Object.entries(criteria)) {
    const test = readCriterion(name, criterion);
    if (test === undefined) {
      return undefined;
    }
    tests.push(test);
  }
  return (transaction) => tests.every((test) => test(transaction));
}

function readCriterion(name: string, criterion: unknown): Test | undefined {
  if (name === 'refund') {
    return refundTest(criterion);
  }
  const readItem = lists[name];
  if (readItem !== undefined) {
    return listTest(readItem, criterion);
  }
  if (!isFields(criterion)) {
    return undefined;
  }
  const readText = texts[name];
  if (readText !== undefined) {
    return textTest(readText, criterion);
  }
  const readTime = times[name];
  return readTime === undefined
    ? rangeTest(({ amount, currency }) => Number(toMajorUnits(amount, currency)), criterion, Number)
    : rangeTest(
        (transaction) => wholeSeconds(readTime(transaction)),
        criterion,
        (text) => wholeSeconds(Date.parse(text)),
      );
}

/** True finds what takes part in a refund: the refund, and the sale that was refunded. */
function refundTest(criterion: unknown): Test | undefined {
  const wanted = scalarText(criterion);
  if (wanted !== 'true' && wanted !== 'false') {
    return undefined;
  }
  return ({ refundedTransaction, refunds }) =>
    (refundedTransaction !== null || refunds.length > 0) === (wanted === 'true');
}

function listTest(read: Read<string>, criterion: unknown): Test | undefined {
  if (!Array.isArray(criterion)) {
    return undefined;
  }
  const wanted = new Set(criterion.map(scalarText));
  return (transaction) => wanted.has(read(transaction));
}

function textTest(read: Read<string | null>, criterion: Fields): Test | undefined {
  const tests: ((text: string | null) => boolean)[] = [];
  for (const [operator, value] of Object.entries(criterion)) {
    const wanted = scalarText(value);
    if (wanted === undefined) {
      return undefined;
    }
    switch (operator) {
      case 'is':
        tests.push((text) => text === wanted);
        break;
      case 'is_not':
        tests.push((text) => text !== wanted);
        break;
      case 'starts_with':
        tests.push((text) => text?.startsWith(wanted) === true);
        break;
      case 'ends_with':
        tests.push((text) => text?.endsWith(wanted) === true);
        break;
      case 'contains':
        tests.push((text) => text?.includes(wanted) === true);
        break;
      default:
        return undefined;
    }
  }
  return (transaction) => tests.every((test) => test(read(transaction)));
}

/** Both ends belong to the range. */
function rangeTest(
  read: Read<number | null>,
  criterion: Fields,
  parse: (text: string) => number | null,
): Test | undefined {
  const ends = { min: -Infinity, max: Infinity };
  for (const [operator, value] of Object.entries(criterion)) {
    const text = scalarText(value) ?? '';
    const end = text === '' ? null : parse(text);
    if (end === null || Number.isNaN(end) || !['is', 'min', 'max'].includes(operator)) {
      return undefined;
    }
    ends.min = operator === 'max' ? ends.min : end;
    ends.max = operator === 'min' ? ends.max : end;
  }
  return (transaction) => {
    const value = read(transaction);
    return value !== null && value >= ends.min && value <= ends.max;
  };
}

/** Times are told without milliseconds, so they are compared without them. */
function wholeSeconds(timeMs: number | null): number | null {
  return timeMs === null ? null : Math.floor(timeMs / 1_000);
}
