import type { Pool } from 'pg';
import { columnsOf } from './binary-array.ts';
import { run, type Database } from './database.ts';
import type { ExternalRow } from './rows.ts';
import { SHARDS } from './shards.ts';
import { HINT_LOOK_UPS, PLACE_COLUMNS, type PlaceRow } from './statements/hint-look-ups.ts';
import { KEEP_EXTERNAL, keepExternalValues } from './statements/keep-external.ts';
import { PUBLISH_AGAIN, RESULT_PLACE_COLUMNS, type ResultPlaceRow } from './statements/publish-again.ts';
import { RECORD_EXTERNAL } from './statements/record-external.ts';
import { inTransaction } from './transaction.ts';

/** A provider refund that is none of ours, at a payment. */
export interface ForeignRow {
  readonly merchantNo: number;
  readonly paymentId: string;
  readonly providerRefundId: string;
  readonly amount: string;
  readonly shown: string;
  readonly cause: string;
}

/** What a person may have repaired after a comparison. None of it sends anything to a provider that moves money. */
export class HealStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    this.pool = database.pool('path', 1);
  }

  /** Answers how many look-ups are due now. */
  async lookUp(rows: readonly PlaceRow[]): Promise<number> {
    return (await run(this.pool, HINT_LOOK_UPS, columnsOf(PLACE_COLUMNS, rows))).length;
  }

  /** Answers how many results the relay was asked for; the others wait to be sent anyway. */
  async publish(rows: readonly ResultPlaceRow[], operationNo: string): Promise<number> {
    const values = [...columnsOf(RESULT_PLACE_COLUMNS, rows), operationNo, SHARDS];
    return (await run(this.pool, PUBLISH_AGAIN, values)).length;
  }

  /** Money that moved for a refund of ours which had ended without it, or a second time: its payment is stopped. Answers whether that was new. */
  async keepExternal(row: ExternalRow): Promise<boolean> {
    const [answer] = await run<{ kept: boolean }>(this.pool, KEEP_EXTERNAL, keepExternalValues(row));
    return answer?.kept === true;
  }

  /** False: the payment is none of ours, the refund is known by now, or a refund of the payment waits, is out or in doubt. Nothing was written then. */
  async recordForeign(row: ForeignRow): Promise<boolean> {
    const { merchantNo, paymentId, providerRefundId, amount, shown, cause } = row;
    return await inTransaction(
      this.pool,
      async (client) => {
        const { rows } = await client.query<{ kept: boolean }>({
          name: RECORD_EXTERNAL.name,
          text: RECORD_EXTERNAL.text,
          values: [merchantNo, paymentId, providerRefundId, amount, shown, cause],
        });
        return rows[0]?.kept === true;
      },
      (isKept) => isKept,
    );
  }
}
