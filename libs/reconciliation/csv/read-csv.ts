/** A row with the number of the line that it begins in, counted from 1. */
export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** The text is no CSV: a quote that is never closed, or something behind a closing one. */
export class CsvMalformed extends Error {
  override readonly name = 'CsvMalformed';
  readonly code = 'CSV_MALFORMED';
}

type State = 'start' | 'plain' | 'quoted' | 'closed';

/**
 * Reads RFC 4180, chunk by chunk: quoted fields may hold separators, line breaks and doubled quotes. Takes any line break, and skips empty lines.
 * The separator is that of the first line: a comma, a semicolon or a tab, whichever is there most often.
 * @throws CsvMalformed
 */
export async function* readCsv(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<CsvRow> {
  const reader = new CsvReader();
  for await (const chunk of chunks) yield* reader.take(chunk);
  yield* reader.end();
}

class CsvReader {
  private separator: string | null = null;
  /** Text from before the first line break, in which the separator is looked for. */
  private head = '';
  private state: State = 'start';
  private field = '';
  private fields: string[] = [];
  private line = 1;
  private rowLine = 1;
  private wasCarriageReturn = false;

  *take(chunk: string): Generator<CsvRow> {
    let text = chunk;
    if (this.separator === null) {
      this.head += chunk;
      if (!/[\r\n]/.test(this.head)) return;
      text = this.begin();
    }
    for (const character of text) {
      const row = this.put(character);
      if (row !== null) yield row;
    }
  }

  *end(): Generator<CsvRow> {
    if (this.separator === null && this.head !== '') {
      for (const character of this.begin()) this.put(character);
    }
    if (this.state === 'quoted')
      throw new CsvMalformed(`line ${String(this.rowLine)}: a quote is never closed`);
    const row = this.endRow();
    if (row !== null) yield row;
  }

  /** Chooses the separator; answers what is to be read. */
  private begin(): string {
    const text = this.head.replace(/^\uFEFF/, '');
    this.head = '';
    const first = text.split(/[\r\n]/, 1)[0] ?? '';
    const count = (separator: string): number => first.split(separator).length;
    this.separator = [',', ';', '\t'].toSorted((left, right) => count(right) - count(left))[0] ?? ',';
    return text;
  }

  private put(character: string): CsvRow | null {
    const isSecondOfTwo = this.wasCarriageReturn && character === '\n';
    this.wasCarriageReturn = character === '\r';
    if (this.state === 'quoted') return this.putQuoted(character, isSecondOfTwo);
    if (isSecondOfTwo) return null;
    if (character === '\n' || character === '\r') {
      const row = this.endRow();
      this.line += 1;
      this.rowLine = this.line;
      return row;
    }
    if (character === this.separator) this.endField();
    else if (character === '"' && this.state === 'start') this.state = 'quoted';
    else if (character === '"' && this.state === 'closed') {
      this.field += '"';
      this.state = 'quoted';
    } else if (this.state === 'closed')
      throw new CsvMalformed(`line ${String(this.line)}: text follows a closing quote`);
    else {
      this.field += character;
      this.state = 'plain';
    }
    return null;
  }

  private putQuoted(character: string, isSecondOfTwo: boolean): null {
    if (character === '"') this.state = 'closed';
    else this.field += character;
    if (character === '\r' || (character === '\n' && !isSecondOfTwo)) this.line += 1;
    return null;
  }

  private endField(): void {
    this.fields.push(this.field);
    this.field = '';
    this.state = 'start';
  }

  private endRow(): CsvRow | null {
    const isEmpty = this.fields.length === 0 && this.field === '' && this.state === 'start';
    if (isEmpty) return null;
    this.endField();
    const row = { line: this.rowLine, fields: this.fields };
    this.fields = [];
    return row;
  }
}
