/**
 * Some rows of one table as they stand in a snapshot: whole lines, each a JSON array and a line feed, without the
 * commas that separate rows in the file. A consumer may keep `bytes`: the producer never writes to it again, unless it
 * is given back.
 */
export interface RowChunk {
  readonly bytes: Buffer;
  readonly rows: number;
  /** Gives `bytes` back, to be written over; for consumers that see many chunks and keep none. */
  readonly release?: () => void;
}

export type RowSource = AsyncIterable<RowChunk>;
