import { ScratchFile } from '../util/scratch-file.ts';
import { digestBytes } from './cell-key.ts';

const partitionCount = 256;
/** Records of a partition that are kept in memory before they go to the scratch file. */
const bufferedRecords = 256;

/**
 * Many small records, each a digest, further bytes and a row's position, divided by the first byte of the digest so
 * that one part at a time fits into memory whatever their number. They hold digests only, never data.
 */
export class HashPartitions {
  readonly #extraBytes: number;
  readonly #recordBytes: number;
  readonly #partitions: { buffer: Buffer; records: number; readonly spilled: number[] }[];
  #scratch: ScratchFile | null = null;

  /** `extraBytes`: how many bytes each record holds beside its digest and its position. */
  constructor(extraBytes: number) {
    this.#extraBytes = extraBytes;
    this.#recordBytes = digestBytes + extraBytes + 6;
    this.#partitions = Array.from({ length: partitionCount }, () => ({
      buffer: Buffer.alloc(0),
      records: 0,
      spilled: [],
    }));
  }

  add(digest: Buffer, extra: Buffer | null, position: number): void {
    const partition = this.#partitions[digest[0]!]!;
    if (partition.buffer.length === partition.records * this.#recordBytes) this.#makeRoom(partition);
    const at = partition.records * this.#recordBytes;
    digest.copy(partition.buffer, at, 0, digestBytes);
    extra?.copy(partition.buffer, at + digestBytes, 0, this.#extraBytes);
    partition.buffer.writeUIntLE(position, at + digestBytes + this.#extraBytes, 6);
    partition.records++;
  }

  /** All records whose digest begins with this byte, in the order in which they were added. */
  *records(partitionIndex: number): Generator<HashRecord> {
    const partition = this.#partitions[partitionIndex]!;
    const spilled = Buffer.allocUnsafe(
      partition.spilled.length === 0 ? 0 : bufferedRecords * this.#recordBytes,
    );
    for (const offset of partition.spilled) {
      this.#scratch!.read(spilled, offset);
      yield* this.#decode(spilled, bufferedRecords);
    }
    yield* this.#decode(partition.buffer, partition.records);
  }

  close(): void {
    this.#scratch?.close();
    this.#scratch = null;
  }

  *#decode(buffer: Buffer, records: number): Generator<HashRecord> {
    for (let at = 0; at < records * this.#recordBytes; at += this.#recordBytes) {
      const positionAt = at + digestBytes + this.#extraBytes;
      yield {
        digest: buffer.toString('latin1', at, at + digestBytes),
        extra: buffer.toString('latin1', at + digestBytes, positionAt),
        position: buffer.readUIntLE(positionAt, 6),
      };
    }
  }

  #makeRoom(partition: { buffer: Buffer; records: number; readonly spilled: number[] }): void {
    if (partition.records === bufferedRecords) {
      this.#scratch ??= new ScratchFile();
      partition.spilled.push(this.#scratch.append(partition.buffer));
      partition.records = 0;
      return;
    }
    const larger = Buffer.allocUnsafe(
      Math.max(8, Math.min(bufferedRecords, partition.records * 4)) * this.#recordBytes,
    );
    partition.buffer.copy(larger);
    partition.buffer = larger;
  }
}

export interface HashRecord {
  /** As latin1 text, to be used as a key of maps. */
  readonly digest: string;
  readonly extra: string;
  readonly position: number;
}

/** Every partition's number. */
export const partitionIndexes: readonly number[] = Array.from(
  { length: partitionCount },
  (_, index) => index,
);
