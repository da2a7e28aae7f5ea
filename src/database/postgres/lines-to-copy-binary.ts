import { Buffer, isUtf8 } from 'node:buffer';
import { AppError } from '../../errors.ts';
import { RowLineReader } from '../../snapshot/row-line.ts';
import { type BinaryCellWriter, maxCellGrowth } from './binary-cells.ts';
import type { CellRoom } from './cell-room.ts';

const quote = 0x22;
const maxBytes = 2 ** 30;

/** How the binary form begins: its signature, and that it has no flags and no extension. */
const head = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const lengthBytes = 4;
/** What ends it: a row of -1 cells. */
export const copyBinaryEnd = Buffer.from([0xff, 0xff]);

/**
 * Turns row lines into the binary form of COPY FROM, which costs the server little more than half of what the text form
 * does. It turns ordinary values only: a chunk with anything else goes as text.
 */
export class LinesToCopyBinary {
  readonly #writers: readonly BinaryCellWriter[];
  readonly #reader: RowLineReader;
  #room: CellRoom = roomOf(0);
  #size = 0;
  #rows = 0;

  /** @param writers one for each cell of a line */
  constructor(writers: readonly BinaryCellWriter[]) {
    this.#writers = writers;
    this.#reader = new RowLineReader(writers.length);
  }

  /** How many rows have been turned. */
  get rows(): number {
    return this.#rows;
  }

  /** The binary form of a chunk of whole lines; null, as if it had not been asked, for one that has to go as text. */
  convert(lines: Buffer): Buffer | null {
    // The server takes no longer cell.
    if (lines.length > maxBytes) return null;
    const before = this.#rows;
    this.#size = 0;
    this.#reserve(lines.length + head.length);
    if (before === 0) this.#size += head.copy(this.#room.bytes);
    if (isUtf8(lines) && this.#takeLines(lines)) return Buffer.from(this.#room.bytes.subarray(0, this.#size));
    this.#rows = before;
    return null;
  }

  #takeLines(lines: Buffer): boolean {
    try {
      for (let at = 0; at < lines.length; this.#rows++) {
        const next = this.#reader.read(lines, at);
        this.#reserve(next - at + this.#writers.length * maxCellGrowth);
        if (!this.#takeRow(lines)) return false;
        at = next;
      }
      return true;
    } catch (error) {
      // The text form says which row it is, and of which table.
      if (error instanceof AppError) return false;
      throw error;
    }
  }

  #takeRow(lines: Buffer): boolean {
    const { starts, ends } = this.#reader;
    const writers = this.#writers;
    const room = this.#room;
    let size = this.#size;
    room.view.setInt16(size, writers.length);
    size += 2;
    for (let i = 0; i < writers.length; i++) {
      const writer = writers[i]!;
      const start = starts[i]!;
      const stop = ends[i]!;
      if (isNull(lines, start, stop)) {
        room.view.setInt32(size, -1);
        size += lengthBytes;
        continue;
      }
      if ((lines[start] === quote) !== writer.isQuoted) return false;
      const end = writer.write(room, size + lengthBytes, lines, start, stop);
      if (end < 0) return false;
      room.view.setInt32(size, end - size - lengthBytes);
      size = end;
    }
    this.#size = size;
    return true;
  }

  /** Makes room for so many bytes behind those that are written. */
  #reserve(bytes: number): void {
    const { bytes: present } = this.#room;
    if (this.#size + bytes <= present.length) return;
    this.#room = roomOf(Math.max(this.#size + bytes, present.length + present.length / 2));
    present.copy(this.#room.bytes, 0, 0, this.#size);
  }
}

function isNull(bytes: Buffer, start: number, end: number): boolean {
  const isLong = end - start === 4 && bytes[start] === 0x6e;
  return isLong && bytes[start + 1] === 0x75 && bytes[start + 2] === 0x6c && bytes[start + 3] === 0x6c;
}

function roomOf(length: number): CellRoom {
  const bytes = Buffer.allocUnsafeSlow(Math.ceil(length));
  return { bytes, view: new DataView(bytes.buffer) };
}
