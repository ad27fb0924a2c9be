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
  // A session that the server ends between two statements is heard of only here; unheard it would end the program. The next statement says so.
  const onCut = (): void => undefined;
  client.on('error', onCut);
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
    client.off('error', onCut);
    client.release(failure);
  }
}
