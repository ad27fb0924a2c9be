import { randomUUID } from 'node:crypto';
import type { ClassCode } from '#libs/reconciliation';
import { providerRefundIdOf } from '#libs/provider-robokassa';
import { requestOf, type World } from './world.ts';

/** A discrepancy of one class, and the refund that it is about. */
export interface Plant {
  readonly class: ClassCode;
  readonly provider: 'razorpay' | 'braintree' | 'robokassa';
  /** What the report has to put at risk of the amount of the refund. */
  readonly atRisk: 'all' | 'nothing' | 'one';
  /** How the refund stands before anything is planted; null: there is none of ours. */
  readonly refund: readonly string[] | null;
  /** While the processor runs, before the refund is asked for. */
  prepare?(world: World): Promise<void>;
  /** When no processor runs any more. */
  plant(world: World, planted: Planted): Promise<void>;
}

export interface Planted {
  readonly refundId: string;
  readonly paymentId: string;
  readonly amount: string;
}

const nothing = async (): Promise<void> => {
  await Promise.resolve();
};
const COMPLETED = ['completed'];

/** A refund made past us, by the provider's own interface, as somebody with its dashboard makes one. */
export async function refundAtRazorpay(
  world: World,
  paymentId: string,
  amount: string,
  notes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const response = await fetch(`${world.sandbox.url}/v1/payments/${paymentId}/refund`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('rzp_test_sandbox:sandbox_secret').toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ amount: Math.round(Number(amount) * 100), notes }),
  });
  const refund = (await response.json()) as { id: string };
  if (!response.ok) throw new Error(`the sandbox refunded nothing: ${JSON.stringify(refund)}`);
  return refund.id;
}

async function set(world: World, text: string, ...values: readonly unknown[]): Promise<void> {
  const { rowCount } = await world.sql.query(text, [...values]);
  if (rowCount === 0) throw new Error(`nothing was planted by ${text}`);
}

async function providerRefundOf(world: World, refundId: string): Promise<string> {
  const { rows } = await world.sql.query<{ id: string }>(
    'select provider_refund_id as id from refundry.refund where refund_id = $1',
    [refundId],
  );
  return rows[0]?.id ?? '';
}

/** Takes the records that a refund has on a topic off the embedded bus. */
async function takeOffBus(world: World, topic: string, refundId: string): Promise<void> {
  await set(
    world,
    `delete from refundry_bus.record r using refundry_bus.topic t
     where t.topic_no = r.topic_no and t.name = $1 and position(convert_to('"' || $2 || '"', 'UTF8') in r.value) > 0`,
    topic,
    refundId,
  );
}

const PENDING: Pick<Plant, 'refund' | 'prepare'> = {
  refund: ['pending'],
  prepare: async (world) => {
    await world.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending', settleAfterMs: null });
  },
};

/** One of each class. */
export const PLANTS: readonly Plant[] = [
  {
    class: 'paid-twice',
    provider: 'razorpay',
    atRisk: 'all',
    refund: COMPLETED,
    plant: async (world, { refundId, paymentId, amount }) => {
      await refundAtRazorpay(world, paymentId, amount, { refundry_id: refundId });
    },
  },
  {
    class: 'failed-but-paid',
    provider: 'razorpay',
    atRisk: 'all',
    refund: COMPLETED,
    plant: async (world, { refundId }) => {
      await set(world, `update refundry.refund set state = 'failed' where refund_id = $1`, refundId);
    },
  },
  {
    class: 'missing-at-provider',
    provider: 'robokassa',
    atRisk: 'all',
    refund: COMPLETED,
    plant: async (world, { refundId }) => {
      const number = randomUUID();
      await set(
        world,
        'update refundry.refund set handle = $2, provider_refund_id = $3 where refund_id = $1',
        refundId,
        number,
        providerRefundIdOf(number),
      );
    },
  },
  {
    class: 'completed-but-failed',
    provider: 'razorpay',
    atRisk: 'all',
    refund: COMPLETED,
    plant: async (world, { refundId }) => {
      await world.sandbox.changeRefund('razorpay', await providerRefundOf(world, refundId), 'fail');
    },
  },
  {
    class: 'unknown-to-us',
    provider: 'razorpay',
    atRisk: 'all',
    refund: null,
    plant: async (world, { paymentId, amount }) => {
      await refundAtRazorpay(world, paymentId, amount);
    },
  },
  {
    class: 'wrong-place',
    provider: 'razorpay',
    atRisk: 'all',
    refund: COMPLETED,
    plant: async (world, { refundId }) => {
      await set(
        world,
        `update refundry.refund_id set payment_id = 'pay_elsewhere' where refund_id = $1`,
        refundId,
      );
    },
  },
  {
    class: 'amount',
    provider: 'braintree',
    atRisk: 'one',
    refund: COMPLETED,
    plant: async (world, { refundId }) => {
      await set(world, 'update refundry.refund set amount = amount + 1 where refund_id = $1', refundId);
    },
  },
  {
    class: 'currency',
    provider: 'braintree',
    atRisk: 'all',
    refund: COMPLETED,
    plant: async (world, { refundId }) => {
      await set(world, `update refundry.refund_id set currency = 'EUR' where refund_id = $1`, refundId);
    },
  },
  {
    class: 'test-in-live',
    provider: 'braintree',
    atRisk: 'all',
    refund: COMPLETED,
    plant: async (world, { refundId }) => {
      await set(world, `update refundry.refund_id set mode = 'live' where refund_id = $1`, refundId);
    },
  },
  {
    class: 'request-not-taken',
    provider: 'razorpay',
    atRisk: 'all',
    refund: null,
    plant: async (world, planted) => {
      await world.send([requestOf(world.config, { provider: 'razorpay', currency: 'INR', ...planted })]);
    },
  },
  {
    class: 'request-content',
    provider: 'razorpay',
    atRisk: 'all',
    refund: COMPLETED,
    plant: async (world, { refundId }) => {
      await set(
        world,
        `update refundry.refund_id set fingerprint = sha256('another') where refund_id = $1`,
        refundId,
      );
    },
  },
  {
    class: 'still-unknown',
    provider: 'robokassa',
    atRisk: 'all',
    refund: ['review'],
    prepare: async (world) => {
      const fault = {
        operation: 'create',
        mode: 'drop-after-process',
        count: 1,
        probability: 1,
        seed: 1,
      } as const;
      await world.sandbox.addFault('robokassa', fault);
    },
    plant: nothing,
  },
  {
    class: 'result-not-published',
    provider: 'razorpay',
    atRisk: 'nothing',
    refund: COMPLETED,
    plant: async (world, { refundId }) => {
      await takeOffBus(world, world.config.topics.results, refundId);
    },
  },
  {
    class: 'result-not-acknowledged',
    provider: 'razorpay',
    atRisk: 'nothing',
    refund: COMPLETED,
    plant: nothing,
  },
  {
    class: 'stale-status',
    provider: 'razorpay',
    atRisk: 'nothing',
    ...PENDING,
    plant: async (world, { refundId }) => {
      await world.sandbox.changeRefund('razorpay', await providerRefundOf(world, refundId), 'settle');
    },
  },
  {
    class: 'request-not-on-bus',
    provider: 'razorpay',
    atRisk: 'nothing',
    refund: COMPLETED,
    plant: async (world, { refundId }) => {
      await takeOffBus(world, world.config.topics.requested, refundId);
    },
  },
  {
    class: 'late',
    provider: 'razorpay',
    atRisk: 'nothing',
    ...PENDING,
    plant: async (world, { refundId }) => {
      await set(
        world,
        `update refundry.refund set requested_at = requested_at - interval '1 day' where refund_id = $1`,
        refundId,
      );
    },
  },
];
