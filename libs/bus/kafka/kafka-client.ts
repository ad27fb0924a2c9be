import './fetch-response-patch.ts';
import './request-queue-patch.ts';
import net from 'node:net';
import tls from 'node:tls';
import { Kafka, logLevel, type ISocketFactory, type RetryOptions, type SASLOptions } from 'kafkajs';
import type { BusLog } from '../log.ts';
import { kafkaLog } from './kafka-log.ts';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

export interface KafkaBusOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean | tls.ConnectionOptions;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  readonly log: BusLog;
  /** Where to dial for an advertised address: for port forwards and tunnels. Absent: the advertised address itself. */
  readonly route?: (advertised: BrokerAddress) => BrokerAddress;
}

const KEEP_ALIVE_MS = 60_000;

/**
 * One set of connections to the cluster that can be given up at once.
 *
 * kafkajs has no way to end a retry loop: a producer with unlimited retries, once disconnected, connects again and sends its old records when
 * the broker returns. `giveUp` destroys the sockets, opens no new one, and answers the next look for a broker with an empty list, which is the
 * one error kafkajs does not retry; so every loop ends.
 */
export class KafkaClient {
  readonly kafka: Kafka;
  private readonly sockets = new Set<net.Socket>();
  private givenUp = false;

  constructor(
    private readonly options: KafkaBusOptions,
    retry: RetryOptions,
  ) {
    const { brokers, clientId, sasl, log } = options;
    // A copy: kafkajs keeps an authenticator with this password in the object it is given.
    const credentials = sasl === undefined ? {} : { sasl: { ...sasl } as SASLOptions };
    this.kafka = new Kafka({
      brokers: () => (this.givenUp ? [] : [...brokers]),
      clientId,
      retry,
      connectionTimeout: 3_000,
      requestTimeout: 30_000,
      logLevel: logLevel.INFO,
      logCreator: kafkaLog(log, () => this.givenUp),
      socketFactory: this.dial,
      ...credentials,
    });
  }

  /** Ends everything at once, politely to nobody. Idempotent. */
  giveUp(): void {
    this.givenUp = true;
    for (const socket of this.sockets) socket.destroy(new Error('this client was given up'));
  }

  private readonly dial: ISocketFactory = ({ host, port, onConnect }) => {
    if (this.givenUp) throw new Error('this client was given up');
    const { ssl, route } = this.options;
    const to = route?.({ host, port }) ?? { host, port };
    const servername = net.isIP(host) === 0 ? { servername: host } : {};
    const socket =
      ssl === undefined || ssl === false
        ? net.connect(to, onConnect)
        : tls.connect({ ...to, ...servername, ...(ssl === true ? {} : ssl) }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      // kafkajs unrefs a dead socket again with every failed heartbeat; without a handle each call adds a listener for `connect`.
      socket.unref = () => socket;
    });
    return socket;
  };
}
