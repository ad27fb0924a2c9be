import type { Socket } from 'node:net';

/**
 * Which connections stand, TLS handshake included. Before that moment nothing of a request can have left, whatever was written;
 * from it on, a failure proves nothing. `request.reusedSocket` does not tell it: a request that queued for a socket gets a used one
 * without that mark (Node sets it only for sockets taken from the idle pool).
 */
export class StandingSockets {
  readonly #standing = new WeakMap<Socket, boolean>();

  /**
   * Called when a request gets its socket. Answers whether the socket served before; calls `onStanding` now or when the connection stands.
   * A socket first seen when it is connected already counts as standing: its first request was given up before it got it.
   */
  watch(socket: Socket, readyEvent: 'connect' | 'secureConnect', onStanding: () => void): boolean {
    const known = this.#standing.get(socket);
    if (known === true || (known === undefined && !socket.connecting)) {
      this.#standing.set(socket, true);
      onStanding();
      return true;
    }
    this.#standing.set(socket, false);
    socket.once(readyEvent, () => {
      this.#standing.set(socket, true);
      onStanding();
    });
    return false;
  }
}
