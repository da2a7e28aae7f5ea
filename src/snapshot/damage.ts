import { constants, createGunzip } from 'node:zlib';
import { AppError } from '../errors.ts';
import { countOf } from '../util/bytes.ts';
import type { BlockReader } from './block-reader.ts';
import { tailOf } from './end-line.ts';
import { isDatabaseFileHead } from './gzip-head.ts';
import { formatName, formatVersion, newerVersion } from './header.ts';

const sniffedBytes = 1 << 16;
const sniffedText = 128;
const endMark = '"end":{"offset":"';
const hint = 'Use another copy or another snapshot: holdfast list';

/**
 * Why a file has no good end line: it is no snapshot at all, of a newer format, cut short, longer than it was, or
 * damaged right there.
 */
export async function diagnoseTail(blocks: BlockReader, size: number): Promise<AppError> {
  if (await isDatabaseFile(blocks, size)) {
    return new AppError('SNAPSHOT.KIND', 'It is a whole database file, not rows', {
      hint: 'This needs a snapshot of rows: holdfast backup; list, show, validate backup, restore and gunzip take the file',
    });
  }
  const version = await sniffVersion(blocks, size);
  if (version === null) {
    return new AppError('SNAPSHOT.FORMAT', 'It is not a Holdfast snapshot, or its first bytes are damaged', {
      hint: 'holdfast list shows the snapshots in the backup folder',
    });
  }
  if (version > formatVersion) return newerVersion(version);
  const tailBytes = Math.min(size, sniffedBytes);
  const tail = await blocks.readStored(size - tailBytes, tailBytes);
  return diagnoseEnd(tail, blocks, size);
}

function diagnoseEnd(tail: Buffer, blocks: BlockReader, size: number): AppError {
  const found = tail.lastIndexOf(endMark);
  if (found < 0) {
    const cause = tail.length === size ? 'it was cut short' : 'it was cut short, or much was added behind it';
    return new AppError('SNAPSHOT.TRUNCATED', `Its end is missing (the file has ${size} bytes): ${cause}`, {
      hint,
    });
  }
  const { bytes, headBytes, parse } = tailOf(blocks);
  const added = tail.length - found - (bytes - headBytes);
  if (added > 0)
    return new AppError('SNAPSHOT.EXTENDED', `It has ${countOf(added, 'byte')} behind its end`, { hint });
  if (added < 0) {
    return new AppError('SNAPSHOT.TRUNCATED', `It was cut short: its end lacks ${countOf(-added, 'byte')}`, {
      hint,
    });
  }
  const place = parse(tail.subarray(-bytes));
  if (place === null)
    return new AppError('SNAPSHOT.CHECKSUM', `Its end line is damaged (the last ${bytes} bytes)`, { hint });
  const stated = place.offset + place.bytes + bytes;
  const code = size > stated ? 'SNAPSHOT.EXTENDED' : 'SNAPSHOT.TRUNCATED';
  return new AppError(code, `The file has ${size} bytes, and its end line closes one of ${stated}`, { hint });
}

async function isDatabaseFile(blocks: BlockReader, size: number): Promise<boolean> {
  const head = await blocks.readStored(0, Math.min(size, sniffedText));
  return isDatabaseFileHead(head);
}

/** The error to show for a file whose content makes no sense to this version because a newer one wrote it, or null. */
export async function findNewerVersion(blocks: BlockReader, size: number): Promise<AppError | null> {
  const version = await sniffVersion(blocks, size);
  return version !== null && version > formatVersion ? newerVersion(version) : null;
}

/** The format version at the head of the file, or null when it is not a snapshot. */
async function sniffVersion(blocks: BlockReader, size: number): Promise<number | null> {
  const head = await blocks.readStored(0, Math.min(size, sniffedBytes));
  const text = blocks.isCompressed ? await inflateStart(head) : head.toString('latin1', 0, sniffedText);
  const match = new RegExp(`^\\{"format":"${formatName}","version":(\\d{1,9}),`).exec(text);
  return match === null ? null : Number(match[1]);
}

/** The first characters of a gzip stream; nothing when it is none. What stands behind them does not matter. */
async function inflateStart(head: Buffer): Promise<string> {
  const gunzip = createGunzip({ chunkSize: sniffedText, finishFlush: constants.Z_SYNC_FLUSH });
  gunzip.end(head);
  try {
    const { value } = await gunzip[Symbol.asyncIterator]().next();
    return value instanceof Buffer ? value.toString('latin1') : '';
  } catch {
    return '';
  } finally {
    gunzip.destroy();
  }
}
