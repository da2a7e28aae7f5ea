import { AppError } from '../errors.ts';
import { RowLineReader } from '../snapshot/row-line.ts';
import type { RowChunk } from '../snapshot/rows.ts';

/** A longer row would not fit into one JavaScript string when it is written out, nor into one statement anywhere. */
const maxTextBytes = 2 ** 28;

/**
 * Gives out the cells of row lines as JSON tokens. Every character of a token stands for one byte (latin1), so that text
 * stays the UTF-8 that it is, and a whole chunk becomes one string.
 */
export class RowCells {
  readonly #line: RowLineReader;
  readonly #table: string;
  readonly #cells: string[];

  /** @param table for messages */
  constructor(columnCount: number, table: string) {
    this.#line = new RowLineReader(columnCount);
    this.#table = table;
    this.#cells = new Array<string>(columnCount);
  }

  /** The array is the same one for every row. */
  *read({ bytes }: RowChunk): Generator<readonly string[]> {
    if (bytes.length > maxTextBytes) {
      throw new AppError(
        'EXPORT.VALUE',
        `Cannot export a row of ${this.#table}: it takes ${bytes.length} bytes`,
        {
          hint: 'Leave its table out, or restore the snapshot with holdfast restore, which takes rows of any length',
        },
      );
    }
    const text = bytes.toString('latin1');
    const { starts, ends } = this.#line;
    const cells = this.#cells;
    for (let at = 0; at < bytes.length; ) {
      at = this.#line.read(bytes, at);
      for (let column = 0; column < cells.length; column++) {
        cells[column] = text.slice(starts[column]!, ends[column]!);
      }
      yield cells;
    }
  }
}

/** The content of a JSON string token; one character for each byte of its UTF-8, as in the token. */
export function textOf(token: string): string {
  const content = token.slice(1, -1);
  if (!content.includes('\\')) return content;
  return asBytes(String(JSON.parse(asText(token))));
}

/** A text of characters as one of bytes (latin1). */
export function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** A text of bytes (latin1) as the characters that they are in UTF-8. */
export function asText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** `{"b":"00ff"}` as its tag and content; null for any other token. */
export function tagOf(token: string): { readonly tag: string; readonly content: string } | null {
  if (!token.startsWith('{')) return null;
  return { tag: token[2]!, content: token.slice(6, -2) };
}
