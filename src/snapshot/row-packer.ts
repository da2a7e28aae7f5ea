import { AppError, InternalError } from '../errors.ts';
import { formatCount } from '../util/bytes.ts';
import { type BlockWriter, blockText } from './block-writer.ts';
import { maxRowBytes } from './manifest.ts';
import type { RowChunk } from './rows.ts';

const lineFeed = 0x0a;
const comma = 0x2c;

/** Packs the lines of one table into blocks, with the commas between rows. */
export class RowPacker {
  readonly #blocks: BlockWriter;
  readonly #tableName: string;
  #text: Buffer = Buffer.alloc(0);
  #length = 0;
  #rowsInBlock = 0;
  #isFirstRow = true;

  /** @param tableName for messages */
  constructor(blocks: BlockWriter, tableName: string) {
    this.#blocks = blocks;
    this.#tableName = tableName;
  }

  async addLine(line: Buffer): Promise<void> {
    await this.#makeRoom(line.length);
    this.#append(line, 0, line.length);
  }

  /** @throws AppError DATABASE.UNSUPPORTED for a row that no reader would accept */
  async addRows({ bytes }: RowChunk): Promise<void> {
    let start = 0;
    while (start < bytes.length) {
      const end = bytes.indexOf(lineFeed, start) + 1;
      if (end === 0) throw new InternalError('a row chunk does not end with a line feed');
      if (this.#length + end - start + 1 > this.#text.length) {
        this.#checkLength(end - start + 1);
        await this.#makeRoom(end - start + 1);
      }
      if (!this.#isFirstRow) this.#text[this.#length++] = comma;
      this.#isFirstRow = false;
      this.#append(bytes, start, end);
      this.#rowsInBlock++;
      start = end;
    }
  }

  async flush(): Promise<void> {
    if (this.#length === 0) return;
    const text = this.#text.subarray(0, this.#length);
    const rows = this.#rowsInBlock;
    this.#text = Buffer.alloc(0);
    this.#length = 0;
    this.#rowsInBlock = 0;
    await this.#blocks.add(text, rows);
  }

  async #makeRoom(bytes: number): Promise<void> {
    if (this.#length + bytes <= this.#text.length) return;
    await this.flush();
    this.#text = bytes > blockText ? Buffer.allocUnsafe(bytes) : this.#blocks.takeBuffer();
  }

  #checkLength(lineBytes: number): void {
    if (lineBytes <= maxRowBytes) return;
    throw new AppError(
      'DATABASE.UNSUPPORTED',
      `Cannot back up table ${this.#tableName}: a row takes ${formatCount(lineBytes)} bytes as text, and a snapshot holds at most ${formatCount(maxRowBytes)}`,
      { hint: `Leave the table out with --exclude ${this.#tableName}` },
    );
  }

  #append(bytes: Buffer, start: number, end: number): void {
    bytes.copy(this.#text, this.#length, start, end);
    this.#length += end - start;
  }
}
