import type { Client } from 'pg';

/** What the call log and the journal say against the state that was reached. */
export async function checkEvidence(client: Client): Promise<readonly string[]> {
  return [
    ...(await brokenChains(client)),
    ...(await droppedAnswers(client)),
    ...(await believedAnswers(client)),
  ];
}

/** hash = sha256(hash before it, digest), from the first entry to the one that the refund itself names. */
async function brokenChains(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ readonly refundId: string; readonly sequence: number }>(
    `with linked as (
       select payment_no, ordinal, refund_id, sequence, hash,
         sha256(coalesce(lag(hash) over (partition by payment_no, ordinal order by sequence), ''::bytea) || digest) as expected
       from refundry.journal)
     select l.refund_id as "refundId", l.sequence from linked l where l.hash <> l.expected
     union all
     select r.refund_id, r.sequence from refundry.refund r
       join linked l on l.payment_no = r.payment_no and l.ordinal = r.ordinal and l.sequence = r.sequence where l.hash <> r.hash`,
  );
  return rows.map(({ refundId, sequence }) => `${refundId}: hash ${String(sequence)} breaks its chain`);
}

/** A person is asked because no answer came, while the call log has one that says what became of it. */
async function droppedAnswers(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ readonly refundId: string; readonly verdict: string }>(
    `select r.refund_id as "refundId", c.verdict from refundry.refund r
       join refundry.call c on c.payment_no = r.payment_no and c.ordinal = r.ordinal and c.attempt_no = r.attempt_no
     where r.state in ('unknown', 'review') and r.review_reason = 'LOST_ANSWER' and c.verb = 'create' and c.verdict in ('succeeded', 'pending')`,
  );
  return rows.map(
    ({ refundId, verdict }) =>
      `${refundId}: in review for a lost answer, but its call log has it: ${verdict}`,
  );
}

interface Believed {
  readonly refundId: string;
  readonly paymentId: string;
  readonly content: string;
  readonly currency: string;
  readonly answer: string;
}

/** Where answers repeat the request (Razorpay): one that was believed says what was asked for. */
async function believedAnswers(client: Client): Promise<string[]> {
  const { rows } = await client.query<Believed>(
    `select i.refund_id as "refundId", i.payment_id as "paymentId", a.content, a.currency, c.answer
     from refundry.call c join refundry.attempt a using (payment_no, ordinal, attempt_no)
       join refundry.refund r using (payment_no, ordinal) join refundry.refund_id i on i.refund_id = r.refund_id
     where i.provider = 'razorpay' and c.verb = 'create' and c.verdict in ('succeeded', 'pending')`,
  );
  return rows.flatMap(({ refundId, paymentId, content, currency, answer }) => {
    const sent = JSON.parse(content) as Record<string, unknown>;
    const asked: Record<string, unknown> = { ...sent, currency, payment_id: paymentId };
    const said = JSON.parse(answer) as Record<string, unknown>;
    return (['amount', 'currency', 'payment_id'] as const)
      .filter((name) => asked[name] !== said[name])
      .map(
        (name) =>
          `${refundId}: asked for ${name} ${String(asked[name])}, believed an answer about ${String(said[name])}`,
      );
  });
}
