import { Database, WebhookStore } from '#libs/store';
import type { Booked, KeylessBank } from './keyless-bank.ts';
import { pause, type Random } from './random.ts';

/** Takes the bank's news in as webhooks: some are lost, some come twice, each of them earlier or later than whatever else tells of it. */
export class Webhooks {
  private readonly database: Database;
  private readonly store: WebhookStore;
  private readonly arriving = new Set<Promise<void>>();

  constructor(
    databaseUrl: string,
    bank: KeylessBank,
    private readonly random: Random,
  ) {
    this.database = new Database(databaseUrl, () => undefined);
    this.store = new WebhookStore(this.database);
    bank.onNews = (booked) => {
      for (let times = random.int(0, 2); times > 0; times -= 1) this.send(booked);
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.arriving);
    await this.database.close();
  }

  private send({ id, paymentId, status }: Booked): void {
    const arrival = this.arrive(id, paymentId, status).finally(() => {
      this.arriving.delete(arrival);
    });
    this.arriving.add(arrival);
  }

  private async arrive(id: string, paymentId: string, status: Booked['status']): Promise<void> {
    await pause(this.random.int(0, 100));
    const shows = status === 'processed' ? 'succeeded' : status;
    const names = { eventId: `evt-${id}-${status}`, paymentId, providerRefundId: id };
    // The connection may have been cut: its sender repeats it, or it is lost.
    await this.store.take({ merchantNo: 1, accountNo: 1, ...names, shows }).catch(() => undefined);
  }
}
