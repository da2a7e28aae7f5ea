import { isUtf8 } from 'node:buffer';
import { AppError, InternalError } from '../../errors.ts';
import { RowLineReader } from '../../snapshot/row-line.ts';
import type { RowSource } from '../../snapshot/rows.ts';
import { type CellWriter, createCellWriter, maxSqlBytes } from './cell-writer.ts';
import type { MysqlColumn } from './column.ts';
import { attempt } from './failure.ts';
import { quoteName } from './quote.ts';
import type { Session } from './session.ts';
import { SqlBuffer } from './sql-buffer.ts';

/** Longer lists make the servers give up the index. */
const maxKeys = 500;
const maxBytes = 256 * 1024;

/** Deletes the rows with these keys; how many there were. */
export async function deleteRows(
  session: Session,
  table: string,
  key: readonly MysqlColumn[],
  keys: RowSource,
): Promise<number> {
  if (key.length === 0) throw new InternalError(`table ${table} has no key to delete by`);
  const batch = new KeyBatch(table, key);
  const reader = new RowLineReader(key.length);
  let deleted = 0;
  for await (const { bytes } of keys) {
    if (!isUtf8(bytes)) throw new AppError('SNAPSHOT.CONTENT', `A key of table ${table} is not UTF-8`);
    for (let at = 0; at < bytes.length; ) {
      const next = reader.read(bytes, at);
      batch.add(bytes, reader, next - at);
      at = next;
      if (batch.isFull) deleted += await deleteBatch(session, table, batch.take());
    }
  }
  if (!batch.isEmpty) deleted += await deleteBatch(session, table, batch.take());
  return deleted;
}

/** The keys of one DELETE, as bytes. */
class KeyBatch {
  readonly #writers: readonly CellWriter[];
  readonly #head: Buffer;
  readonly #sql = new SqlBuffer(maxBytes + maxBytes / 4);
  #keys = 0;

  constructor(table: string, key: readonly MysqlColumn[]) {
    this.#writers = key.map(createCellWriter);
    const names = key.map((column) => quoteName(column.definition.name)).join(', ');
    this.#head = Buffer.from(`DELETE FROM ${quoteName(table)} WHERE (${names}) IN (`, 'utf8');
  }

  get isEmpty(): boolean {
    return this.#keys === 0;
  }

  get isFull(): boolean {
    return this.#keys >= maxKeys || this.#sql.at >= maxBytes;
  }

  add(line: Buffer, reader: RowLineReader, lineBytes: number): void {
    const sql = this.#sql;
    sql.reserve(this.#head.length + maxSqlBytes(lineBytes, this.#writers.length));
    if (this.isEmpty) sql.at = this.#head.copy(sql.bytes);
    sql.bytes[sql.at++] = 0x28;
    for (const [index, writer] of this.#writers.entries()) {
      writer.write(sql, line, reader.starts[index]!, reader.ends[index]!);
      sql.bytes[sql.at++] = 0x2c;
    }
    sql.bytes[sql.at - 1] = 0x29;
    sql.bytes[sql.at++] = 0x2c;
    this.#keys++;
  }

  /** The statement; valid until the next `add`. */
  take(): Buffer {
    const sql = this.#sql;
    sql.bytes[sql.at - 1] = 0x29;
    const statement = sql.bytes.subarray(0, sql.at);
    sql.at = 0;
    this.#keys = 0;
    return statement;
  }
}

async function deleteBatch(session: Session, table: string, statement: Buffer): Promise<number> {
  const what = `Cannot delete rows of table ${table}`;
  const result = await attempt({ what, otherwise: 'RESTORE.ROW' }, () => session.run(statement));
  if (result.warnings === 0) return result.affectedRows;
  const [warning] = await session.warnings();
  throw new AppError('RESTORE.ROW', `${what} by key: the server warns "${warning?.message}"`);
}
