import { createHash, hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { BlockEntry } from './manifest.ts';

const compress = promisify(gzip);

/** Blocks that are being compressed at once: enough to keep the thread pool busy, few enough to bound memory. */
const maxPending = 4;

export type Sink = (bytes: Buffer) => Promise<void>;

/**
 * Stores blocks one behind the other: compressed side by side, written in order. `level` null stores the text as it
 * is.
 */
export class BlockWriter {
  readonly blocks: BlockEntry[] = [];
  readonly #sink: Sink;
  readonly #level: number | null;
  readonly #fileHash = createHash('sha256');
  readonly #pending: Promise<Buffer>[] = [];
  readonly #waiting: { textBytes: number; rows: number }[] = [];
  #offset = 0;

  constructor(sink: Sink, level: number | null) {
    this.#sink = sink;
    this.#level = level;
  }

  /** Where the next block will stand, when all added ones are written. */
  get offset(): number {
    return this.#offset;
  }

  /** How many blocks were added, also those that are not in `blocks` yet. */
  get count(): number {
    return this.blocks.length + this.#waiting.length;
  }

  /** Takes over `text`. Resolves when there is room for another block. */
  async add(text: Buffer, rows: number): Promise<void> {
    const stored = this.#store(text);
    // Awaited in order by #writeFirst; until then its rejection must not count as unhandled.
    stored.catch(() => undefined);
    this.#pending.push(stored);
    this.#waiting.push({ textBytes: text.length, rows });
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
    const { textBytes, rows } = this.#waiting[0]!;
    const offset = this.#offset;
    await this.writeRaw(stored);
    this.#pending.shift();
    this.#waiting.shift();
    this.blocks.push({ offset, bytes: stored.length, textBytes, rows, sha256: hash('sha256', stored) });
  }

  async #store(text: Buffer): Promise<Buffer> {
    if (this.#level === null) return text;
    return compress(text, { level: this.#level, chunkSize: 1 << 18 });
  }
}
