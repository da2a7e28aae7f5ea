/**
 * Some rows of one table as they stand in a snapshot: whole lines, each a JSON array and a line feed, without the
 * commas that separate rows in the file. A consumer may keep `bytes`: the producer never writes to it again.
 */
export interface RowChunk {
  readonly bytes: Buffer;
  readonly rows: number;
}

export type RowSource = AsyncIterable<RowChunk>;
