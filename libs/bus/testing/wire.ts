import net from 'node:net';

interface Pair {
  readonly client: net.Socket;
  readonly server: net.Socket;
  readonly toServer: Buffer[];
  readonly toClient: Buffer[];
  /** The client hears nothing any more; `lost`: nor does the server. */
  silent: 'lost' | 'taken' | null;
}

/** A TCP proxy in front of a server: cuts connections, holds bytes back, lets them go. Listens on 127.0.0.1. */
export class Wire {
  private readonly pairs = new Set<Pair>();
  private readonly server: net.Server;
  private isCut = false;
  private holdsRequests = false;
  private holdsAnswers = false;
  private alter: ((answer: Buffer) => Buffer) | null = null;

  private constructor(private readonly target: { readonly host: string; readonly port: number }) {
    this.server = net.createServer((client) => {
      this.join(client);
    });
  }

  static async to(target: { readonly host: string; readonly port: number }): Promise<Wire> {
    const wire = new Wire(target);
    await new Promise<void>((resolve) => {
      wire.server.listen(0, '127.0.0.1', resolve);
    });
    return wire;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the wire is closed');
    return address.port;
  }

  /** Ends all connections and refuses new ones, as a machine that lost its network. */
  cut(): void {
    this.isCut = true;
    for (const pair of this.pairs) drop(pair);
  }

  /** New connections are accepted again and nothing is held. */
  restore(): void {
    this.isCut = false;
    this.holdsRequests = false;
    this.holdsAnswers = false;
    this.alter = null;
    for (const { client, server, toServer, toClient } of this.pairs) {
      for (const bytes of toServer.splice(0)) server.write(bytes);
      for (const bytes of toClient.splice(0)) client.write(bytes);
    }
  }

  /** Answers arrive with other bytes than were sent. */
  alterAnswers(alter: (answer: Buffer) => Buffer): void {
    this.alter = alter;
  }

  /** Requests reach the server, answers stay here. */
  holdAnswers(): void {
    this.holdsAnswers = true;
  }

  /** Nothing passes in either direction, connections stay open: a frozen peer. */
  hold(): void {
    this.holdsRequests = true;
    this.holdsAnswers = true;
  }

  /**
   * Connections that are open stay so and nothing of them is answered ever again, new ones pass: a host that vanished, with another in its place.
   * What is sent on an old one from now on is `lost`, or still `taken` by the server.
   */
  vanish(requests: 'lost' | 'taken'): void {
    for (const pair of this.pairs) pair.silent = requests;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: net.Socket): void {
    if (this.isCut) {
      client.destroy();
      return;
    }
    const server = net.connect(this.target);
    const pair: Pair = { client, server, toServer: [], toClient: [], silent: null };
    this.pairs.add(pair);
    client.on('data', (bytes) => {
      if (pair.silent === 'lost') return;
      if (this.holdsRequests) pair.toServer.push(bytes);
      else server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (pair.silent !== null) return;
      if (this.holdsAnswers) pair.toClient.push(bytes);
      else client.write(this.alter?.(bytes) ?? bytes);
    });
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.pairs.delete(pair);
        drop(pair);
      });
    }
  }
}

function drop({ client, server }: Pair): void {
  client.destroy();
  server.destroy();
}
