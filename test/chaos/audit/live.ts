import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

const LOOK_MS = 250;

/**
 * What holds at every moment, looked at again and again while refunds are under way: reservations equal the open refunds, and no payment has
 * given away more than it has. At the end nothing is open any more, and a reservation that was gone for a while would not show.
 */
export class LiveAudit {
  readonly differences = new Set<string>();
  private readonly over = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly databaseUrl: string) {}

  start(): void {
    this.running = this.look();
  }

  async stop(): Promise<void> {
    this.over.abort();
    await this.running;
  }

  private async look(): Promise<void> {
    let client: pg.Client | null = null;
    while (!this.over.signal.aborted) {
      try {
        client ??= await connect(this.databaseUrl);
        for (const text of await standing(client)) this.differences.add(text);
      } catch {
        // The database is away, or has no schema yet.
        await client?.end().catch(() => undefined);
        client = null;
      }
      await pause(LOOK_MS, undefined, { signal: this.over.signal }).catch(() => undefined);
    }
    await client?.end().catch(() => undefined);
  }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** One statement, so one moment. */
async function standing(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ readonly text: string }>(
    `select concat_ws(' ', 'while under way: payment', p.payment_id, 'reserves', trim_scale(p.reserved), 'but its open refunds hold', trim_scale(coalesce(sum(r.held), 0))) as text
     from refundry.payment p left join refundry.refund r using (payment_no)
     group by p.payment_no having p.reserved <> coalesce(sum(r.held), 0)
     union all
     select concat_ws(' ', 'while under way:', r.refund_id, 'is', r.state, 'and holds', trim_scale(r.held), 'of', trim_scale(r.amount))
     from refundry.refund r
     where case when r.state in ('submitting', 'pending', 'unknown') then r.held is distinct from r.amount else r.state <> 'review' and r.held <> 0 end
     union all
     select concat_ws(' ', 'while under way: payment', p.payment_id, 'captured', trim_scale(p.captured), 'has given or promised more:', trim_scale(p.completed + p.reserved + p.external))
     from refundry.payment p where p.captured < p.completed + p.reserved + p.external`,
  );
  return rows.map(({ text }) => text);
}
