import { InternalError } from '../errors.ts';
import type { BlockWriter } from './block-writer.ts';
import type { RowChunk } from './rows.ts';

const lineFeed = 0x0a;
const comma = 0x2c;
/** The text that a block holds before it is closed; a longer row has a block of its own. */
const blockText = 1 << 20;

/** Packs the lines of one table into blocks, with the commas between rows. */
export class RowPacker {
  readonly #blocks: BlockWriter;
  #text = Buffer.allocUnsafe(blockText);
  #length = 0;
  #rowsInBlock = 0;
  #isFirstRow = true;

  constructor(blocks: BlockWriter) {
    this.#blocks = blocks;
  }

  async addLine(line: Buffer): Promise<void> {
    await this.#makeRoom(line.length);
    this.#append(line, 0, line.length);
  }

  async addRows({ bytes }: RowChunk): Promise<void> {
    let start = 0;
    while (start < bytes.length) {
      const end = bytes.indexOf(lineFeed, start) + 1;
      if (end === 0) throw new InternalError('a row chunk does not end with a line feed');
      if (this.#length + end - start + 1 > this.#text.length) await this.#makeRoom(end - start + 1);
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
    this.#text = Buffer.allocUnsafe(blockText);
    this.#length = 0;
    this.#rowsInBlock = 0;
    await this.#blocks.add(text, rows);
  }

  async #makeRoom(bytes: number): Promise<void> {
    if (this.#length + bytes <= this.#text.length) return;
    await this.flush();
    if (bytes > this.#text.length) this.#text = Buffer.allocUnsafe(bytes);
  }

  #append(bytes: Buffer, start: number, end: number): void {
    bytes.copy(this.#text, this.#length, start, end);
    this.#length += end - start;
  }
}
