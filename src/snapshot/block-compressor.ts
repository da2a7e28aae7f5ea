import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

/**
 * How far back deflate may look, in powers of two, the furthest first. Rows repeat their neighbours; further away,
 * chance matches of three bytes cost more to name than they save, and most of the time is spent on finding them.
 * Long texts are the other way round, so each table is asked (docs/decisions/0007-compression-window.md).
 */
const windowSizes = [15, 13, 12, 11] as const;
/** A smaller window is faster, and is taken where it costs no more than this. */
const tolerance = 1.002;
/** After so many blocks a table may have become another one. */
const blocksPerTrial = 128;
/** A block that holds less is the last of its table, and nothing would come of a trial; one that holds more is one row. */
const trialText = { least: 1 << 19, most: 1 << 20 };
/** The largest hash tables: a few percent faster than zlib's default, and no larger output. */
const memoryLevel = 9;

export interface CompressorOptions {
  /** 1 to 9. */
  readonly level: number;
  /** Room for the output of nearly every block; each further piece costs a turn of the thread pool and a copy. */
  readonly outputBytes: number;
}

/** Compresses the blocks of one table after another, each to a gzip member, with the window that suits the table. */
export class BlockCompressor {
  readonly #options: CompressorOptions;
  #window: Promise<number> = Promise.resolve(windowSizes[0]);
  #blocksUntilTrial = 0;

  constructor(options: CompressorOptions) {
    this.#options = options;
  }

  /** The next block is another table's. */
  beginTable(): void {
    this.#window = Promise.resolve(windowSizes[0]);
    this.#blocksUntilTrial = 0;
  }

  async compress(text: Buffer): Promise<Buffer> {
    const isFit = text.length >= trialText.least && text.length <= trialText.most;
    if (this.#blocksUntilTrial-- > 0 || !isFit) return this.#compress(text, await this.#window);
    this.#blocksUntilTrial = blocksPerTrial;
    const trial = this.#tryWindows(text);
    this.#window = trial.then(({ window }) => window);
    return (await trial).stored;
  }

  async #tryWindows(text: Buffer): Promise<{ window: number; stored: Buffer }> {
    const all = await Promise.all(
      windowSizes.map(async (window) => ({ window, stored: await this.#compress(text, window) })),
    );
    const smallest = Math.min(...all.map(({ stored }) => stored.length));
    return all.findLast(({ stored }) => stored.length <= smallest * tolerance)!;
  }

  #compress(text: Buffer, windowBits: number): Promise<Buffer> {
    const { level, outputBytes } = this.#options;
    return compress(text, { level, windowBits, memLevel: memoryLevel, chunkSize: outputBytes });
  }
}
