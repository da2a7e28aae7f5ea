import { AppError } from '../../errors.ts';
import type { SingleByteCharset } from './charset.ts';
import type { MysqlColumn } from './column.ts';
import { literalWriters, writeByte, writeText } from './literal-writers.ts';
import type { SqlBuffer } from './sql-buffer.ts';

const apostrophe = 0x27;
const quoteMark = 0x22;
const nullStart = 0x6e;

/**
 * How many bytes of SQL the cells of a line can take at most: a byte of a string can need an escape, and every cell
 * its quotes and the name of a character set.
 */
export function maxSqlBytes(lineBytes: number, columns: number): number {
  return lineBytes * 2 + columns * 24 + 16;
}

/** The cells of one column, from the tokens of row lines to literals of SQL. */
export interface CellWriter {
  readonly column: MysqlColumn;
  /**
   * Writes the cell `bytes[start, end)`; the room must be reserved.
   *
   * @returns true for a value that only a session without strictness stores: the invalid value of an enumeration, the
   * empty value of a geometry
   * @throws AppError SNAPSHOT.CONTENT when the cell is not what the column's encoding says
   */
  write(out: SqlBuffer, bytes: Buffer, start: number, end: number): boolean;
}

type WriteValue = (out: SqlBuffer, bytes: Buffer, start: number, end: number) => boolean;

export function createCellWriter(column: MysqlColumn): CellWriter {
  const writeValue = chooseWriter(column);
  return {
    column,
    write: (out, bytes, start, end) => {
      if (bytes[start] !== nullStart) return writeValue(out, bytes, start, end);
      if (end - start !== 4) throw notACell(column);
      // The server would give an id, or the present time, in place of NULL in some columns that cannot be null.
      if (!column.definition.nullable) throw cannotBeNull(column);
      out.at += out.bytes.write('NULL', out.at, 'latin1');
      return false;
    },
  };
}

function chooseWriter(column: MysqlColumn): WriteValue {
  const { kind, charset, definition } = column;
  if (kind === 'bytes' && isSpatial.test(definition.type) && !definition.nullable)
    return createGeometryWriter(column);
  if (kind === 'label') return createLabelWriter(column);
  if (kind === 'text' && charset !== null) return createMappedWriter(column, charset);
  const write = literalWriters[kind];
  return (out, bytes, start, end) => {
    const at = write(out, bytes, start, end);
    if (at < 0) throw notACell(column);
    out.at = at;
    return kind === 'labelNumber' && bytes[start] === 0x30;
  };
}

const isSpatial = /^(?:multi)?(?:geom|point|linestring|polygon)/i;

/**
 * Rows that were there before their table got a geometry that cannot be null hold an empty one. No literal stands for
 * it; what is stored where NULL is refused does.
 */
function createGeometryWriter(column: MysqlColumn): WriteValue {
  return (out, bytes, start, end) => {
    const isEmpty = end - start === 2 && bytes[start] === quoteMark;
    const at = literalWriters.bytes(out, bytes, start, end);
    if (at < 0) throw notACell(column);
    out.at = isEmpty ? out.at + out.bytes.write('NULL', out.at, 'latin1') : at;
    return isEmpty;
  };
}

/** An enumeration is written by the number of its label: as text, the column's collation could find another label. */
function createLabelWriter(column: MysqlColumn): WriteValue {
  const numbers = new Map((column.definition.labels ?? []).map((label, index) => [label, String(index + 1)]));
  return (out, bytes, start, end) => {
    const label = parseText(column, bytes, start, end);
    const number = label === '' ? '0' : numbers.get(label);
    if (number !== undefined) {
      out.at += out.bytes.write(number, out.at, 'latin1');
      return label === '';
    }
    // The catalogue cannot print every label; the server knows those that it does not print.
    out.at = writeText(out, bytes, start, end);
    return false;
  };
}

/** Text beyond ASCII goes as the column stores it, so that no conversion of the server has a part in it. */
function createMappedWriter(column: MysqlColumn, charset: SingleByteCharset): WriteValue {
  return (out, bytes, start, end) => {
    const before = out.at;
    const at = writeText(out, bytes, start, end);
    if (at < 0) throw notACell(column);
    if (isAscii(out.bytes, before, at)) {
      out.at = at;
      return false;
    }
    out.at = before + out.bytes.write(`${charset.introducer}'`, before, 'latin1');
    for (const character of parseText(column, bytes, start, end)) {
      const byte = charset.toByte.get(character.codePointAt(0)!);
      if (byte === undefined) throw notInCharset(column, charset, character);
      out.at = writeByte(byte, out.bytes, out.at);
    }
    out.bytes[out.at++] = apostrophe;
    return false;
  };
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! >= 0x80) return false;
  return true;
}

function parseText(column: MysqlColumn, bytes: Buffer, start: number, end: number): string {
  try {
    const text: unknown = JSON.parse(bytes.toString('utf8', start, end));
    if (typeof text === 'string') return text;
  } catch (error) {
    throw notACell(column, error);
  }
  throw notACell(column);
}

function notACell({ definition }: MysqlColumn, cause?: unknown): AppError {
  return new AppError(
    'SNAPSHOT.CONTENT',
    `A cell of column ${definition.name} is not what the snapshot says: expected ${definition.encoding}`,
    { ...(cause === undefined ? {} : { cause }) },
  );
}

function cannotBeNull({ definition }: MysqlColumn): AppError {
  return new AppError('RESTORE.ROW', `Column ${definition.name} cannot be null`, {
    hint: 'Bring the database to the schema of the snapshot with prisma migrate deploy',
  });
}

function notInCharset({ definition }: MysqlColumn, charset: SingleByteCharset, character: string): AppError {
  return new AppError(
    'RESTORE.ROW',
    `Column ${definition.name} cannot hold the character ${JSON.stringify(character)}: it is stored as ${charset.name}`,
    { hint: 'Give the column the character set that it had when the snapshot was made' },
  );
}
