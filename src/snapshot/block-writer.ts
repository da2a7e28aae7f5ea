import { createHash, hash } from 'node:crypto';
import { InternalError } from '../errors.ts';
import { BlockCompressor } from './block-compressor.ts';
import { inflateMember } from './block-reader.ts';
import type { BlockEntry } from './manifest.ts';

/** Blocks that are being compressed and proved at once: enough to keep the thread pool busy, few enough to bound memory. */
const maxPending = 6;
/** The text that a block holds before it is closed; a longer row has a block of its own. */
export const blockText = 1 << 20;

export type Sink = (bytes: Buffer) => Promise<void>;

/**
 * Stores blocks one behind the other: compressed side by side, decoded again and compared, written in order. `level`
 * null stores the text as it is.
 */
export class BlockWriter {
  readonly blocks: BlockEntry[] = [];
  readonly #sink: Sink;
  readonly #compressor: BlockCompressor | null;
  readonly #fileHash = createHash('sha256');
  readonly #pending: Promise<Buffer>[] = [];
  readonly #waiting: { text: Buffer; rows: number }[] = [];
  /** Buffers of blocks that are written, for those to come: new ones for each would keep the collector busy. */
  readonly #free: Buffer[] = [];
  #offset = 0;

  constructor(sink: Sink, level: number | null) {
    this.#sink = sink;
    this.#compressor = level === null ? null : new BlockCompressor({ level, outputBytes: blockText / 2 });
  }

  /** Where the next block will stand, when all added ones are written. */
  get offset(): number {
    return this.#offset;
  }

  /** How many blocks were added, also those that are not in `blocks` yet. */
  get count(): number {
    return this.blocks.length + this.#waiting.length;
  }

  /** A buffer of `blockText` bytes for the text of a block. */
  takeBuffer(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(blockText);
  }

  /** The next block is another table's. */
  beginTable(): void {
    this.#compressor?.beginTable();
  }

  /** Takes over `text` and its buffer. Resolves when there is room for another block. */
  async add(text: Buffer, rows: number): Promise<void> {
    const stored = this.#store(text);
    // Awaited in order by #writeFirst; until then its rejection must not count as unhandled.
    stored.catch(() => undefined);
    this.#pending.push(stored);
    this.#waiting.push({ text, rows });
    while (this.#pending.length >= maxPending) await this.#writeFirst();
  }

  /** Writes everything that was added. */
  async drain(): Promise<void> {
    while (this.#pending.length > 0) await this.#writeFirst();
  }

  /** Writes bytes that belong to no block. Only when drained. */
  async writeRaw(bytes: Buffer): Promise<void> {
    await this.#sink(bytes);
    this.#fileHash.update(bytes);
    this.#offset += bytes.length;
  }

  /** The SHA-256 of everything written; ends the writer. */
  digest(): string {
    return this.#fileHash.digest('hex');
  }

  async #writeFirst(): Promise<void> {
    const stored = await this.#pending[0]!;
    const { text, rows } = this.#waiting[0]!;
    const offset = this.#offset;
    await this.writeRaw(stored);
    this.#pending.shift();
    this.#waiting.shift();
    const sha256 = hash('sha256', stored);
    this.blocks.push({ offset, bytes: stored.length, textBytes: text.length, rows, sha256 });
    if (text.buffer.byteLength === blockText) this.#free.push(Buffer.from(text.buffer));
  }

  async #store(text: Buffer): Promise<Buffer> {
    if (this.#compressor === null) return text;
    const stored = await this.#compressor.compress(text);
    // While the text is there: that the file holds these bytes is then all that is left to find out.
    if (!(await inflateMember(stored, text.length)).equals(text))
      throw new InternalError('a compressed block does not hold the text that was compressed');
    return stored;
  }
}
