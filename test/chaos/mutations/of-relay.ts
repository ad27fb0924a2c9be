import type { Edit } from './edits.ts';
import type { Mutation, Trial } from './mutation.ts';

const RELAY = 'libs/processing/relay/relay';
const OURS = 'const ours = drafts.filter(({ row }) => owned.has(row.shard));';
const ROLES = { first: 'relay', beside: 'intake,executor', later: 'relay' } as const;

/** The point at which a relay can be stopped, moved from before its last look at the lease to behind it. */
const STOPPED_AFTER_ITS_LAST_LOOK: readonly Edit[] = [
  { file: RELAY, from: "await this.watch.step('relay.publishing');", to: '', isProbe: true },
  { file: RELAY, from: OURS, to: `${OURS} await this.watch.step('relay.publishing');`, isProbe: true },
];

const LEASE_MS = 3000;
const MOST: Pick<Trial, 'provider' | 'stories' | 'refunds'> = {
  provider: 'braintree',
  stories: ['part'],
  refunds: 4,
};

/** Mistakes between the journal and the topics. */
export const RELAYED: readonly Mutation[] = [
  {
    name: 'deleted-before-acknowledged',
    does: 'the relay forgets entries before the broker has acknowledged them',
    breaks: 'lost',
    edits: [
      {
        file: RELAY,
        from: OURS,
        to: `${OURS} await this.store.take([], 0, ours.map(({ row }) => row)); await this.watch.step('relay.deleted');`,
      },
    ],
    trial: { ...MOST, incident: { kind: 'kill', at: 'relay.deleted' }, overWithinMs: 8000 },
    shows: /never published/,
  },
  {
    name: 'published-before-committed',
    does: 'a change is published before it is committed',
    breaks: 'commit',
    edits: [
      {
        file: RELAY,
        from: 'this.repair = new SnapshotRepair(options.leaseMs);',
        to: `this.repair = new SnapshotRepair(options.leaseMs);
        globalThis.publishEarly = async (row) => {
            await this.send(await this.openWriter(), messagesOf(storedEntry(row), this.options.topics));
        };`,
      },
      {
        file: 'libs/processing/executor/settler',
        from: 'const { applied, waiting } = await this.store.settle(row, isKeyless);',
        to: `if (row.entry?.publish === true)
            await globalThis.publishEarly({ ...row.entry, sequence: standing.view.sequence + 1 });
        const { applied, waiting } = await this.store.settle(row, isKeyless);`,
      },
    ],
    trial: {
      provider: 'razorpay',
      stories: ['part'],
      refunds: 3,
      incident: { kind: 'stall', at: 'executor.answered', passMax: 2 },
    },
    shows: /published with other bytes than the journal has/,
  },
  {
    name: 'published-without-owning',
    does: 'a relay that was stopped past its lease sends what it had taken',
    breaks: 'order',
    edits: [{ file: RELAY, from: OURS, to: 'const ours = drafts;' }],
    trial: {
      ...MOST,
      roles: ROLES,
      relayLeaseMs: 1000,
      // Longer than its successor repeats the last snapshots of what it published.
      incident: { kind: 'stall', at: 'relay.publishing', thenMs: 2500 },
    },
    shows: /newest snapshot is \d+, the journal ends with/,
  },
  {
    name: 'snapshots-not-repaired',
    does: 'after a takeover the last snapshots are not sent once more',
    breaks: 'order',
    edits: [
      ...STOPPED_AFTER_ITS_LAST_LOOK,
      { file: RELAY, from: 'this.repair.note(row.shard, row.refundId, message);', to: '{}' },
    ],
    trial: {
      ...MOST,
      roles: ROLES,
      relayLeaseMs: LEASE_MS,
      incident: { kind: 'stall', at: 'relay.publishing' },
    },
    shows: /newest snapshot is \d+, the journal ends with/,
  },
  {
    name: 'published-backwards',
    does: 'entries of a shard are taken newest first',
    breaks: 'order',
    edits: [
      { file: 'libs/store/statements/relay', from: 'order by b.id limit', to: 'order by b.id desc limit' },
      {
        file: 'libs/store/statements/relay',
        from: 'order by o.shard, o.id`',
        to: 'order by o.shard, o.id desc`',
      },
    ],
    trial: { ...MOST, roles: ROLES, incident: { kind: 'kill', at: 'relay.claimed' } },
    shows: /published in the order/,
  },
  {
    name: 'dead-letter-marked-before-sent',
    does: 'a dead letter is marked as published before it is sent',
    breaks: 'badMessage',
    edits: [
      {
        file: 'libs/processing/relay/dead-letters',
        from: 'if (kept.length > 0)',
        to: `await this.store.deadLettersPublished(kept.map((letter) => letter.deadLetterNo));
        if (kept.length > 0) process.kill(process.pid, 'SIGKILL');
        if (kept.length > 0)`,
      },
    ],
    trial: { provider: 'razorpay', stories: ['conflicting-amount'], refunds: 2, overWithinMs: 5000 },
    shows: /no dead letter/,
  },
];
