import type { SnapshotTable } from '../snapshot/header.ts';
import type { RowSource } from '../snapshot/rows.ts';
import { formatTableName } from '../snapshot/table.ts';
import type { RecordLines } from './record-format.ts';
import { RowCells } from './row-cells.ts';

/** Text is handed out when it has reached this size. */
const pieceBytes = 1 << 18;

/** One table as the text of a file; memory does not depend on the number of rows. */
export async function* recordsOf(
  table: SnapshotTable,
  rows: RowSource,
  lines: RecordLines,
): AsyncGenerator<Buffer> {
  const cells = new RowCells(table.columns.length, formatTableName(table));
  let text = lines.head;
  for await (const chunk of rows) {
    for (const row of cells.read(chunk)) {
      text += lines.line(row);
      if (text.length < pieceBytes) continue;
      yield Buffer.from(text, 'latin1');
      text = '';
    }
  }
  yield Buffer.from(text, 'latin1');
}
