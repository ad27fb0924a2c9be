import { createServer, type AddressInfo } from 'node:net';

/** As PostgreSQL speaks: let in without a password, ready for a question, and in the same breath ended by an administrator. */
const CUT_AT_ONCE = Buffer.concat([
  message('R', Buffer.from([0, 0, 0, 0])),
  message('Z', Buffer.from('I')),
  message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0')),
]);

function message(kind: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(kind), length, body]);
}

/** A database server that ends every session in the moment it is ready. */
export async function startCutting(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(CUT_AT_ONCE)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgres://u:p@127.0.0.1:${String(port)}/d`,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
