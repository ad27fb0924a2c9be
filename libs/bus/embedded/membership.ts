import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { intArray } from './binary-array.ts';
import type { BusDatabase } from './database.ts';
import { fairShare, type Seat } from './fair-share.ts';
import type { Topic } from './topics.ts';

const LOCK_GROUP = `select pg_advisory_xact_lock(hashtextextended('refundry_bus/' || $1::text, 0))`;

/** A lease that is over belongs to nobody, whoever slept; the database's clock decides. */
const BEAT = `with gone as (
    delete from refundry_bus.member where group_id = $1 and lease_until < clock_timestamp() and member_id <> $2
  ), me as (
    insert into refundry_bus.member (group_id, member_id, lease_until)
    values ($1, $2, clock_timestamp() + $3::int * interval '1 millisecond')
    on conflict (group_id, member_id) do update set lease_until = excluded.lease_until
    returning member_id
  ), mine as (
    insert into refundry_bus.member_topic (group_id, member_id, topic_no)
    select $1, me.member_id, t from me, unnest($4::int[]) as t on conflict do nothing
  )
  insert into refundry_bus.assignment (group_id, topic_no, partition)
  select $1, topic_no, partition from refundry_bus.log_partition where topic_no = any($4::int[])
  on conflict do nothing`;

const MEMBERS = `select t.topic_no, t.member_id from refundry_bus.member_topic t
  where t.group_id = $1 and t.topic_no = any($2::int[])`;

const SEATS = `select a.topic_no, a.partition, a.epoch::float8 as epoch, m.member_id as owner
  from refundry_bus.assignment a
  left join refundry_bus.member m on m.group_id = a.group_id and m.member_id = a.owner
  where a.group_id = $1 and a.topic_no = any($2::int[]) order by a.topic_no, a.partition`;

const TAKE = `update refundry_bus.assignment a set owner = $2, epoch = a.epoch + 1
  from unnest($3::int[], $4::int[]) as s(topic_no, partition)
  where a.group_id = $1 and a.topic_no = s.topic_no and a.partition = s.partition`;

const GIVE_BACK = {
  name: 'bus_give_back',
  text: `update refundry_bus.assignment set owner = null
    where group_id = $1 and owner = $2 and topic_no = $3 and partition = $4 and epoch = $5`,
};

/** Refuses whoever is not the owner any more, and an owner whose lease is over. */
const COMMIT = {
  name: 'bus_commit',
  text: `update refundry_bus.assignment a set committed = $6 from refundry_bus.member m
    where a.group_id = $1 and a.owner = $2 and a.topic_no = $3 and a.partition = $4 and a.epoch = $5
      and m.group_id = a.group_id and m.member_id = a.owner and m.lease_until > clock_timestamp()
    returning a.epoch`,
};

const COMMITTED = {
  name: 'bus_committed_of_group',
  text: `select topic_no, partition, committed::float8 as committed from refundry_bus.assignment
    where group_id = $1 and topic_no = any($2::int[])`,
};

interface SeatRow {
  readonly topic_no: number;
  readonly partition: number;
  readonly epoch: number;
  readonly owner: string | null;
}

export interface Beat {
  /** The partitions this member owns now. */
  readonly own: readonly Seat[];
  readonly giveBack: readonly Seat[];
  readonly awaited: number;
}

/** One member of a group: its lease, its partitions and their committed offsets. */
export class Membership {
  private readonly id = randomUUID();

  constructor(
    private readonly database: BusDatabase,
    private readonly groupId: string,
    private readonly topics: readonly Topic[],
    private readonly leaseMs: number,
  ) {}

  /** Joins or renews the lease, takes free partitions up to this member's part and says which ones to give back. */
  async beat(): Promise<Beat> {
    return await this.database.transaction(async (client) => {
      const topicNos = intArray(this.topics.map(({ topicNo }) => topicNo));
      await client.query(LOCK_GROUP, [this.groupId]);
      await client.query(BEAT, [this.groupId, this.id, this.leaseMs, topicNos]);
      const members = await client.query<{ member_id: string }>(MEMBERS, [this.groupId, topicNos]);
      const before = await this.seats(client, topicNos);
      const names = [...new Set(members.rows.map(({ member_id }) => member_id))];
      const { take, giveBack, awaited } = fairShare(this.id, names, before);
      if (take.length > 0) {
        await client.query(TAKE, [
          this.groupId,
          this.id,
          intArray(take.map(({ topicNo }) => topicNo)),
          intArray(take.map(({ partition }) => partition)),
        ]);
      }
      const after = take.length > 0 ? await this.seats(client, topicNos) : before;
      return { own: after.filter(({ owner }) => owner === this.id), giveBack, awaited };
    });
  }

  async giveBack({ topicNo, partition, epoch }: Seat): Promise<void> {
    await this.database.rows(GIVE_BACK, [this.groupId, this.id, topicNo, partition, epoch]);
  }

  /** False when the partition is not this member's any more. */
  async commit({ topicNo, partition, epoch }: Seat, next: number): Promise<boolean> {
    const rows = await this.database.rows(COMMIT, [this.groupId, this.id, topicNo, partition, epoch, next]);
    return rows.length > 0;
  }

  async committed(): Promise<readonly { topicNo: number; partition: number; committed: number | null }[]> {
    const rows = await this.database.rows<{ topic_no: number; partition: number; committed: number | null }>(
      COMMITTED,
      [this.groupId, intArray(this.topics.map(({ topicNo }) => topicNo))],
    );
    return rows.map(({ topic_no, partition, committed }) => ({ topicNo: topic_no, partition, committed }));
  }

  /** Gives everything back at once: others take over without waiting for the lease to end. */
  async leave(): Promise<void> {
    await this.database.transaction(async (client) => {
      await client.query(LOCK_GROUP, [this.groupId]);
      await client.query('delete from refundry_bus.member where group_id = $1 and member_id = $2', [
        this.groupId,
        this.id,
      ]);
      await client.query(
        'update refundry_bus.assignment set owner = null where group_id = $1 and owner = $2',
        [this.groupId, this.id],
      );
    });
  }

  private async seats(client: PoolClient, topicNos: Buffer): Promise<readonly Seat[]> {
    const { rows } = await client.query<SeatRow>(SEATS, [this.groupId, topicNos]);
    return rows.map(({ topic_no, partition, epoch, owner }) => ({
      topicNo: topic_no,
      partition,
      epoch,
      owner,
    }));
  }
}
