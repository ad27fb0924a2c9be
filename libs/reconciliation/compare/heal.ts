import type { HealStore } from '#libs/store';
import { CLASSES, type DifferenceClass, type Heal } from './classes.ts';
import { NAMED_BY_US } from './difference-sql.ts';
import type { Workbench } from './workbench.ts';

/** What a repair came to. `left`: differences of its classes that it could not be applied to. */
export interface Healed {
  readonly heal: Heal;
  readonly done: number;
  readonly left: number;
}

interface HealRow {
  payment_no: string | null;
  ordinal: number | null;
  sequence: number | null;
  merchant_no: number | null;
  refund_id: string | null;
  payment_id: string | null;
  provider_refund_id: string | null;
  their_amount: string | null;
  their_status: string | null;
  our_state: string | null;
  named_by_us: boolean;
  class: string;
}

const PAGE = 200;

/** The differences that a repair is for, by payment and ordinal: the order in which rows are locked. */
const rowsFor = (heal: Heal): string => {
  const codes = CLASSES.filter((one: DifferenceClass) => one.heals.includes(heal)).map(
    ({ code }) => `'${code}'`,
  );
  return `select d.payment_no, d.ordinal, d.sequence, i.merchant_no, d.refund_id, d.payment_id, d.provider_refund_id, d.their_amount::text,
      d.their_status, d.our_state, d.class, ${NAMED_BY_US} as named_by_us
    from difference d left join account_in i on i.provider = d.provider and i.name = d.account
    left join theirs t on t.account_key = i.account_key and t.provider_refund_id = d.provider_refund_id
    where d.class in (${codes.join(', ')}) order by d.payment_no, d.ordinal, d.sequence`;
};

/** Applies one repair to every difference that it is for. `cause` goes with what is written. */
export async function heal(
  bench: Workbench,
  store: HealStore,
  what: Heal,
  operationNo: string,
): Promise<Healed> {
  let done = 0;
  let all = 0;
  let page: HealRow[] = [];
  const flush = async (): Promise<void> => {
    done += await apply(store, what, page, operationNo);
    page = [];
  };
  for await (const row of bench.stream<HealRow>(rowsFor(what))) {
    all += 1;
    page.push(row);
    if (page.length >= PAGE) await flush();
  }
  await flush();
  return { heal: what, done, left: all - done };
}

async function apply(
  store: HealStore,
  what: Heal,
  rows: readonly HealRow[],
  operationNo: string,
): Promise<number> {
  switch (what) {
    case 'look-up':
      return await store.lookUp(placesOf(rows));
    case 'publish':
      return await store.publish(
        placesOf(rows).flatMap(({ sequence, ...place }) =>
          sequence === null ? [] : [{ ...place, sequence }],
        ),
        operationNo,
      );
    case 'record-external': {
      let done = 0;
      for (const row of rows) if (await record(store, row, `reconcile ${operationNo}`)) done += 1;
      return done;
    }
  }
}

function placesOf(
  rows: readonly HealRow[],
): { readonly paymentNo: string; readonly ordinal: number; readonly sequence: number | null }[] {
  return rows.flatMap(({ payment_no: paymentNo, ordinal, sequence }) =>
    paymentNo === null || ordinal === null ? [] : [{ paymentNo, ordinal, sequence }],
  );
}

/** Only what the provider names by an id, with an amount: a line of a statement has none, and cannot be told from another one. */
async function record(store: HealStore, row: HealRow, cause: string): Promise<boolean> {
  const { merchant_no: merchantNo, payment_id: paymentId, provider_refund_id: providerRefundId } = row;
  const {
    their_amount: amount,
    their_status: status,
    payment_no: paymentNo,
    ordinal,
    refund_id: refundId,
  } = row;
  if (merchantNo === null || providerRefundId === null || amount === null || status === null) return false;
  const shown = status === 'pending' ? 'pending' : 'succeeded';
  if (row.class === 'unknown-to-us')
    // Bound as one made elsewhere, it could never be bound to the refund that it is, when that is known again.
    return (
      !row.named_by_us &&
      paymentId !== null &&
      (await store.recordForeign({ merchantNo, paymentId, providerRefundId, amount, shown, cause }))
    );
  if (paymentNo === null || ordinal === null) return false;
  const state = row.class === 'paid-twice' ? 'paid twice' : (row.our_state ?? 'ended');
  return await store.keepExternal({
    paymentNo,
    ordinal,
    merchantNo,
    providerRefundId,
    amount,
    shown,
    cause,
    stoppedBecause: `${refundId ?? ''} is ${state} and the provider shows ${providerRefundId}`,
    call: null,
  });
}
