import type { Guarded } from './mutation.ts';

/** Mistakes that no run can show as long as the program is otherwise as it is. */
export const GUARDED: readonly Guarded[] = [
  {
    name: 'the fence compares neither lease nor version',
    does: 'whoever lost the lease can still write the fence',
    guardedBy:
      'the worker’s own clock: it does not send when its lease would end within the call, counted from before the claim',
    together: 'fence-and-clock-not-compared',
  },
  {
    name: 'the worker does not ask its own clock',
    does: 'a worker that stood still past its lease goes on to the call',
    guardedBy:
      'the fence, which compares lease and version on the database’s clock; with a key, the key: it is the same call again',
    together: 'fence-and-clock-not-compared',
  },
  {
    name: 'claims what is leased',
    does: 'the claim does not look at the lease',
    guardedBy: 'the fence, which compares the newest token; with a key, the key: both send the same call',
    together: 'lease-and-fence-not-compared',
  },
  {
    name: 'an outcome is written without comparing the version',
    does: 'a look-up that was overtaken completes the refund a second time',
    guardedBy:
      'the payment’s constraint on its sums: what it released it cannot release again, unless others of the payment are open',
    together: 'version-and-sums-not-compared',
  },
  {
    name: 'a new key at Razorpay',
    does: 'an attempt that is sent again gets another key',
    guardedBy: 'the receipt, which carries our reference: Razorpay takes each once for a payment',
    together: null,
  },
  {
    name: 'arming compares neither lease nor version',
    does: 'a worker that was overtaken arms the refund once more',
    guardedBy:
      'the same statement, which also compares state, lane and attempt number, and the primary key of the attempts; after that fence or key',
    together: null,
  },
  {
    name: 'offsets committed first, positions of the store kept',
    does: 'the group’s offset is ahead of the rows',
    guardedBy:
      'reading goes on where the rows end, whatever the group says; the difference is reported as rows lost',
    together: 'offset-before-rows',
  },
  {
    name: 'a batch that could not be written counts as written',
    does: 'the reader goes on behind it',
    guardedBy:
      'the store compares where it stands before it takes the next batch, and the reader is put back',
    together: 'unwritten-batch-taken',
  },
  {
    name: 'a relay does not look at its lease before the send',
    does: 'old events land behind newer ones',
    guardedBy: 'as long as it is stopped for less than a lease: its successor repeats the last snapshots',
    together: 'published-without-owning',
  },
];
