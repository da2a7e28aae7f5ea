import { constants, gunzipSync } from 'node:zlib';
import { AppError } from '../errors.ts';
import type { BlockReader } from './block-reader.ts';
import { endLineBytes, storedEndLineBytes } from './end-line.ts';
import { formatName, formatVersion, newerVersion } from './header.ts';

const sniffedBytes = 1 << 16;
const endMark = '"end":{"offset":"';

/**
 * Why a file has no good end line: it is no snapshot at all, of a newer format, cut short, longer than it was, or
 * damaged right there.
 */
export async function diagnoseTail(
  blocks: BlockReader,
  size: number,
  isCompressed: boolean,
): Promise<AppError> {
  const head = await blocks.readStored(0, Math.min(size, sniffedBytes));
  const version = sniffVersion(head, isCompressed);
  if (version === null) {
    return new AppError('SNAPSHOT.FORMAT', 'It is not a Holdfast snapshot, or its first bytes are damaged', {
      hint: 'holdfast list shows the snapshots in the backup folder',
    });
  }
  if (version > formatVersion) return newerVersion(version);
  const tailBytes = Math.min(size, sniffedBytes);
  const tail = (await blocks.readStored(size - tailBytes, tailBytes)).toString('latin1');
  const found = tail.lastIndexOf(endMark);
  const hint = 'Use another copy or another snapshot: holdfast list';
  if (found < 0) {
    return new AppError(
      'SNAPSHOT.TRUNCATED',
      `It was cut short: its end is missing (the file has ${size} bytes)`,
      { hint },
    );
  }
  const fromEnd = tail.length - found - (isCompressed ? storedEndLineBytes - 15 : endLineBytes);
  if (fromEnd > 0) {
    return new AppError('SNAPSHOT.EXTENDED', `${fromEnd} bytes were added behind its end`, { hint });
  }
  const code = fromEnd < 0 ? 'SNAPSHOT.TRUNCATED' : 'SNAPSHOT.CHECKSUM';
  return new AppError(code, `Its end line is damaged (the last ${storedEndLineBytes} bytes)`, { hint });
}

/** The format version at the head of the file, or null when it is not a snapshot. */
function sniffVersion(head: Buffer, isCompressed: boolean): number | null {
  const text = isCompressed ? inflateStart(head) : head.toString('latin1', 0, 100);
  const match = new RegExp(`^\\{"format":"${formatName}","version":(\\d{1,9}),`).exec(text);
  return match === null ? null : Number(match[1]);
}

function inflateStart(head: Buffer): string {
  try {
    // SYNC_FLUSH: what is there of a member that goes on beyond these bytes.
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 27 };
    return gunzipSync(head, options).toString('latin1', 0, 100);
  } catch {
    return '';
  }
}
