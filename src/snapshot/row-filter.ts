import { RowLineReader } from './row-line.ts';
import type { RowChunk, RowSource } from './rows.ts';

/** The rows whose position satisfies `isWanted`, in their order. */
export async function* pickRows(
  rows: RowSource,
  isWanted: (position: number) => boolean,
): AsyncGenerator<RowChunk> {
  const lineFeed = 0x0a;
  let position = 0;
  for await (const { bytes } of rows) {
    const picked: Buffer[] = [];
    let start = 0;
    while (start < bytes.length) {
      const end = bytes.indexOf(lineFeed, start) + 1;
      if (isWanted(position)) picked.push(bytes.subarray(start, end));
      position++;
      start = end;
    }
    if (picked.length > 0) yield { bytes: Buffer.concat(picked), rows: picked.length };
  }
}

/** The same rows with only these cells, in this order. */
export async function* projectRows(
  rows: RowSource,
  { columnCount, indexes }: { columnCount: number; indexes: readonly number[] },
): AsyncGenerator<RowChunk> {
  const line = new RowLineReader(columnCount);
  for await (const chunk of rows) {
    const parts: string[] = [];
    let start = 0;
    while (start < chunk.bytes.length) {
      start = line.read(chunk.bytes, start);
      const cells = indexes.map((index) =>
        chunk.bytes.toString('utf8', line.starts[index], line.ends[index]),
      );
      parts.push(`[${cells.join(',')}]\n`);
    }
    yield { bytes: Buffer.from(parts.join('')), rows: chunk.rows };
  }
}

/** The same rows with these cells, JSON tokens, behind the others. */
export async function* appendCells(rows: RowSource, cells: readonly string[]): AsyncGenerator<RowChunk> {
  for await (const chunk of rows) {
    const lines = chunk.bytes.toString('utf8').split('\n').slice(0, -1);
    const longer = lines.map((line) => {
      const before = line === '[]' ? [] : [line.slice(1, -1)];
      return `[${[...before, ...cells].join(',')}]\n`;
    });
    yield { bytes: Buffer.from(longer.join('')), rows: chunk.rows };
  }
}
