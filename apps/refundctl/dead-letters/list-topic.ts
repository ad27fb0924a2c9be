import type { Bus, BusRecord } from '#libs/bus';
import { busLog, openBus } from '../bus.ts';
import { onInterrupt } from '../interrupt.ts';
import { readSettings } from '../settings.ts';
import { stamp } from '../show/words.ts';
import { compactTable } from '../table.ts';
import { line, type Terminal } from '../terminal.ts';
import { inOneLine, shownBytes } from './bytes.ts';
import type { ListOptions } from './options.ts';

/** A dead letter as the topic has it. What its headers say is whatever its publisher wrote. */
interface TopicLetter {
  readonly partition: number;
  readonly offset: number;
  readonly publishedAtMs: number;
  readonly code: string | null;
  readonly readFrom: string;
  readonly group: string | null;
  readonly key: Buffer | null;
  readonly valueBytes: number | null;
}

const KEY_CHARACTERS_MAX = 24;
const WORD_CHARACTERS_MAX = 40;

/** Lists what the dead-letter topic holds now, partition by partition. Joins no group and commits nothing. */
export async function listTopic(terminal: Terminal, options: ListOptions): Promise<void> {
  const config = readSettings(terminal);
  const open = await openBus(config, busLog(terminal));
  const interrupt = onInterrupt();
  const letters: TopicLetter[] = [];
  try {
    for await (const letter of read(open.bus, config.topics.deadLetters, interrupt.signal)) {
      if (!isWanted(letter, options)) continue;
      letters.push(letter);
      if (letters.length >= options.limit) break;
    }
  } finally {
    interrupt.release();
    await open.close();
  }
  if (options.json === true)
    for (const { publishedAtMs, key, ...letter } of letters)
      terminal.out(
        line(
          JSON.stringify({
            ...letter,
            publishedAt: new Date(publishedAtMs).toISOString(),
            key: shownBytes(key),
          }),
        ),
      );
  else terminal.out(line(letters.length === 0 ? 'The topic has no such dead letters.' : tableOf(letters)));
}

async function* read(bus: Bus, topic: string, signal: AbortSignal): AsyncGenerator<TopicLetter> {
  const admin = await bus.admin();
  const ranges = (await admin.offsets(topic)).map(({ partition, low, high }) => ({
    partition,
    from: low,
    to: high,
  }));
  await admin.close();
  for await (const batch of bus.scan(topic, ranges, signal))
    for (const record of batch.records) yield letterOf(batch.partition, record);
}

function letterOf(partition: number, record: BusRecord): TopicLetter {
  const word = (name: string): string | null => {
    const value = record.headers.findLast((one) => one.name === name)?.value ?? null;
    return value === null ? null : inOneLine(value, WORD_CHARACTERS_MAX);
  };
  return {
    partition,
    offset: record.offset,
    publishedAtMs: record.timestampMs,
    code: word('dlq-reason'),
    readFrom: [word('dlq-topic'), word('dlq-partition'), word('dlq-offset')].join('/'),
    group: word('dlq-group'),
    key: record.key,
    valueBytes: record.value?.length ?? null,
  };
}

function isWanted({ code, publishedAtMs }: TopicLetter, { reason, from, to }: ListOptions): boolean {
  return (
    (reason === undefined || code === reason) &&
    (from === undefined || publishedAtMs >= from) &&
    (to === undefined || publishedAtMs < to)
  );
}

function tableOf(letters: readonly TopicLetter[]): string {
  const table = compactTable({
    head: ['On the topic', 'Published (UTC)', 'Reason', 'Read from', 'By group', 'Key', 'Bytes'],
  });
  for (const letter of letters)
    table.push([
      `${String(letter.partition)}/${String(letter.offset)}`,
      stamp(letter.publishedAtMs).slice(0, 19),
      letter.code ?? '–',
      letter.readFrom,
      letter.group ?? '–',
      inOneLine(letter.key, KEY_CHARACTERS_MAX),
      letter.valueBytes === null ? '–' : String(letter.valueBytes),
    ]);
  return table.toString();
}
