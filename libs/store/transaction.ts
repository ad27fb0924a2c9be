import type { Pool, PoolClient } from 'pg';

/**
 * One transaction on a connection of its own, committed when `work` resolves with what `keeps` accepts, by default anything. Otherwise nothing of it is
 * stored.
 */
export async function inTransaction<Answer>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Answer>,
  keeps: (answer: Answer) => boolean = () => true,
): Promise<Answer> {
  const client = await pool.connect();
  let failure: Error | boolean = false;
  try {
    await client.query('begin');
    const answer = await work(client);
    await client.query(keeps(answer) ? 'commit' : 'rollback');
    return answer;
  } catch (error) {
    // The connection's state is not known: closing it rolls back.
    failure = error instanceof Error ? error : true;
    throw error;
  } finally {
    client.release(failure);
  }
}
