import { logLevel, type LogEntry } from 'kafkajs';
import { kafkaLog } from './kafka-log.ts';

function logged(): {
  lines: { level: string; message: string; fields: unknown }[];
  say: (namespace: string, message: string, level?: logLevel, fields?: object) => void;
  clock: { ms: number };
  state: { givenUp: boolean };
} {
  const lines: { level: string; message: string; fields: unknown }[] = [];
  const clock = { ms: 0 };
  const state = { givenUp: false };
  const write = kafkaLog(
    (level, message, fields) => lines.push({ level, message, fields }),
    () => state.givenUp,
    () => clock.ms,
  )(logLevel.INFO);
  const say = (namespace: string, message: string, level = logLevel.ERROR, fields: object = {}): void => {
    const entry: LogEntry = {
      namespace,
      level,
      label: '',
      log: { timestamp: '', logger: 'kafkajs', message, broker: 'b:1', ...fields },
    };
    write(entry);
  };
  return { lines, say, clock, state };
}

describe('kafkajs’s log', () => {
  it('passes a connection error once in ten seconds and says how many it held back', () => {
    const { lines, say, clock } = logged();
    for (let n = 0; n < 50; n += 1) say('Connection', `Connection error: connect ECONNREFUSED ${String(n)}`);
    say('BrokerPool', 'Failed to connect to seed broker, trying another broker from the list');
    clock.ms = 10_000;
    say('Connection', 'Connection error: connect ECONNREFUSED');
    expect(lines.map(({ message }) => message.slice(0, 25))).toEqual([
      'Connection: Connection er',
      'BrokerPool: Failed to con',
      'Connection: Connection er',
    ]);
    expect(lines[2]?.fields).toEqual({ broker: 'b:1', heldBack: 49 });
  });

  it('passes everything else each time, the warning that announces lost records too', () => {
    const { lines, say } = logged();
    const warning = 'Limiting retries for the idempotent producer may invalidate EoS guarantees';
    say('Producer', warning, logLevel.WARN);
    say('Producer', warning, logLevel.WARN);
    say('Consumer', 'Crash: KafkaJSError');
    say('Consumer', 'Crash: KafkaJSError');
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'warn', 'error', 'error']);
  });

  it('speaks low of what a new topic or a first group answers for a moment', () => {
    const { lines, say } = logged();
    const answers = [
      'This server does not host this topic-partition',
      'The group coordinator is not available',
      'Not authorized to access group: Group authorization failed',
    ];
    for (const error of answers)
      say('Connection', 'Response FindCoordinator(key: 10, version: 2)', logLevel.ERROR, { error });
    expect(lines.map(({ level }) => level)).toEqual(['debug', 'debug', 'error']);
  });

  it('speaks low of the errors we cause by giving a client up', () => {
    const { lines, say, state } = logged();
    state.givenUp = true;
    say('Connection', 'Connection error: this client was given up');
    expect(lines.map(({ level }) => level)).toEqual(['debug']);
  });
});
