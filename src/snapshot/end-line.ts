import { crc32 } from 'node:zlib';

/** Where the manifest is, and what its stored bytes hash to: the root of trust inside the file. */
export interface ManifestPlace {
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: string;
}

const endLinePattern = /^"end":\{"offset":"(\d{16})","bytes":"(\d{16})","sha256":"([0-9a-f]{64})"\}\}\n$/;

/** The last line of a snapshot, always of the same length. */
export function formatEndLine(place: ManifestPlace): Buffer {
  const offset = String(place.offset).padStart(16, '0');
  const bytes = String(place.bytes).padStart(16, '0');
  return Buffer.from(`"end":{"offset":"${offset}","bytes":"${bytes}","sha256":"${place.sha256}"}}\n`);
}

/**
 * A gzip member that stores the line without compression. Made by hand, so that it is the same for ever, whatever
 * zlib does.
 */
export function storeEndLine(line: Buffer): Buffer {
  const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1, 0, 0, 0, 0]);
  head.writeUInt16LE(line.length, 11);
  head.writeUInt16LE(line.length ^ 0xffff, 13);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(line), 0);
  tail.writeUInt32LE(line.length, 4);
  return Buffer.concat([head, line, tail]);
}

const endLineBytes = formatEndLine({ offset: 0, bytes: 0, sha256: '0'.repeat(64) }).length;
/** The gzip header and the head of the one stored deflate block; CRC and length follow the line. */
const storedHeadBytes = 15;
const storedTailBytes = 8;

/** How a snapshot ends: the bytes of its end, those of them in front of the line, and what they say. */
export interface Tail {
  readonly bytes: number;
  readonly headBytes: number;
  readonly parse: (stored: Buffer) => ManifestPlace | null;
}

const plainTail: Tail = { bytes: endLineBytes, headBytes: 0, parse: parseEndLine };
const storedTail: Tail = {
  bytes: storedHeadBytes + endLineBytes + storedTailBytes,
  headBytes: storedHeadBytes,
  parse: parseStoredEndLine,
};

export function tailOf({ isCompressed }: { readonly isCompressed: boolean }): Tail {
  return isCompressed ? storedTail : plainTail;
}

/** What the end line says, or null when these bytes are not one. */
function parseEndLine(line: Buffer): ManifestPlace | null {
  const match = endLinePattern.exec(line.toString('latin1'));
  if (match === null) return null;
  const place = { offset: Number(match[1]), bytes: Number(match[2]), sha256: match[3]! };
  return Number.isSafeInteger(place.offset) && Number.isSafeInteger(place.bytes) ? place : null;
}

/** What a stored end line says, or null when any byte differs from the one that the writer makes. */
function parseStoredEndLine(stored: Buffer): ManifestPlace | null {
  const line = stored.subarray(storedHeadBytes, storedHeadBytes + endLineBytes);
  return storeEndLine(Buffer.from(line)).equals(stored) ? parseEndLine(line) : null;
}
