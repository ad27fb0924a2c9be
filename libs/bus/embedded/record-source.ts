import type { BusRecord } from '../port.ts';
import { recordTimeMs } from '../record-time.ts';
import type { BusDatabase } from './database.ts';
import { decodeHeaders } from './header-bytes.ts';

const BATCH_RECORDS_MAX = 500;
/** A batch ends before the record that would exceed this; a larger record comes alone. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024;

const FETCH = {
  name: 'bus_fetch',
  text: `select p.topic_no, p.partition, r.record_offset::float8 as "offset", r.recorded_at_ms::float8 as at_ms, r.key, r.value, r.headers
    from (
      select asked.topic_no, asked.partition, asked.next
      from unnest($1::int[], $2::int[], $3::bigint[]) with ordinality as asked(topic_no, partition, next, n)
      join refundry_bus.log_partition l on l.topic_no = asked.topic_no and l.partition = asked.partition
      where l.next_offset > asked.next order by asked.n limit $4::int
    ) p
    cross join lateral (
      select *, sum(octet_length(coalesce(key, '')) + octet_length(coalesce(value, '')) + octet_length(headers))
        over (order by record_offset) as bytes
      from (
        select record_offset, recorded_at_ms, key, value, headers from refundry_bus.record
        where topic_no = p.topic_no and partition = p.partition and record_offset >= p.next
        order by record_offset limit ${String(BATCH_RECORDS_MAX)}
      ) upcoming
    ) r where r.bytes <= ${String(BATCH_BYTES_MAX)} or r.record_offset = p.next
    order by p.topic_no, p.partition, r.record_offset`,
};

const TIME = {
  name: 'bus_record_time',
  text: `select recorded_at_ms::float8 as at_ms from refundry_bus.record where topic_no = $1::int and partition = $2::int and record_offset = $3::bigint`,
};

interface RecordRow {
  readonly topic_no: number;
  readonly partition: number;
  readonly offset: number;
  readonly at_ms: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Buffer;
}

export interface ReadFrom {
  readonly topicNo: number;
  readonly partition: number;
  readonly at: number;
}

/** The next records of the first `partitionsMax` partitions that have any. Offsets have no gaps. */
export async function fetchRecords(
  database: BusDatabase,
  from: readonly ReadFrom[],
  partitionsMax: number,
): Promise<ReadonlyMap<ReadFrom, BusRecord[]>> {
  const rows = await database.rows<RecordRow>(FETCH, [
    from.map(({ topicNo }) => topicNo),
    from.map(({ partition }) => partition),
    from.map(({ at }) => at),
    partitionsMax,
  ]);
  const found = new Map<ReadFrom, BusRecord[]>();
  for (const row of rows) {
    const asked = from.find((at) => at.topicNo === row.topic_no && at.partition === row.partition);
    if (asked === undefined) continue;
    const record = {
      offset: row.offset,
      timestampMs: recordTimeMs(row.at_ms),
      key: row.key,
      value: row.value,
      headers: decodeHeaders(row.headers),
    };
    const records = found.get(asked);
    if (records === undefined) found.set(asked, [record]);
    else records.push(record);
  }
  return found;
}

/** The time of the record at an offset; null when there is none. */
export async function recordTime(
  database: BusDatabase,
  { topicNo, partition, at }: ReadFrom,
): Promise<number | null> {
  const [row] = await database.rows<{ at_ms: number }>(TIME, [topicNo, partition, at]);
  return row === undefined ? null : recordTimeMs(row.at_ms);
}
