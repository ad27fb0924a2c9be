import { startCutting } from '../../test/support/cutting-server.ts';
import { classifyFault, Database } from './database.ts';
import { inTransaction } from './transaction.ts';

const coded = (code: string, message = ''): Error => Object.assign(new Error(message), { code });

describe('a fault of the database', () => {
  it.each(['40001', '40P01'])('%s is contention: the same statement may pass at once', (code) => {
    expect(classifyFault(coded(code))).toBe('contention');
  });

  it('55P03 is a lock that somebody held for longer than it was waited for', () => {
    expect(classifyFault(coded('55P03'))).toBe('locked');
  });

  it.each(['08006', '08P01', '57P01', '57P03', '53300', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND'])(
    '%s is the connection: the statement may pass when the server is back',
    (code) => {
      expect(classifyFault(coded(code))).toBe('connection');
    },
  );

  it.each(['53100', '53200', '58030', '25006', '57P05', '57014'])(
    '%s is the server’s trouble, not the rows’: nothing may be given up for it',
    (code) => {
      expect(classifyFault(coded(code))).toBe('connection');
    },
  );

  it.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
  ])('without a code is told by its words: %s', (message) => {
    expect(classifyFault(new Error(message))).toBe('connection');
  });

  it.each(['23505', '22P02', '23514', 'XX000', 'ERR_OUT_OF_RANGE'])('%s is the rows’', (code) => {
    expect(classifyFault(coded(code))).toBe('data');
  });

  it('that quotes the rows is not told by their words', () => {
    const quoted = coded('22P02', 'invalid input syntax for type numeric: "connection terminated"');
    expect(classifyFault(quoted)).toBe('data');
  });
});

it('a connection that is cut in the moment it is lent › fails what it was lent for, and the process goes on', async () => {
  const server = await startCutting();
  const database = new Database(server.url, () => undefined);
  const work = inTransaction(database.pool('path', 1), async (client) => await client.query('select 1'));
  await expect(work).rejects.toThrow(/terminat|not queryable/i);
  await database.close();
  await server.close();
});
