import { Readable } from 'node:stream';
import type { Kind, Table, Value } from './tables.ts';

/** How a database that loads tab-separated text writes what differs; the escapes are the same in both. */
export interface CellFormat {
  readonly boolean: (value: boolean) => string;
  readonly timestamp: (ms: number) => string;
  readonly bytes: (value: Buffer) => string;
}

const chunkLength = 1 << 19;

/** The rows as tab-separated lines with backslash escapes and `\N`, as COPY and LOAD DATA read them. */
export function delimitedText(table: Table, rows: Iterable<Value[]>, format: CellFormat): Readable {
  return Readable.from(chunks(table, rows, format), { objectMode: false });
}

function* chunks(table: Table, rows: Iterable<Value[]>, format: CellFormat): Generator<Buffer> {
  const kinds = table.columns.map((column) => column.kind);
  let text = '';
  for (const row of rows) {
    for (let index = 0; index < row.length; index++) {
      if (index > 0) text += '\t';
      text += formatCell(row[index] ?? null, kinds[index]!, format);
    }
    text += '\n';
    if (text.length < chunkLength) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

function formatCell(value: Value, kind: Kind, format: CellFormat): string {
  if (value === null) return '\\N';
  if (kind === 'timestamp') return format.timestamp(value as number);
  if (typeof value === 'boolean') return format.boolean(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeText(value);
  return format.bytes(value);
}

const special = /[\\\t\n\r]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escapeText(text: string): string {
  return special.test(text) ? text.replaceAll(/[\\\t\n\r]/g, (character) => escapes[character]!) : text;
}
