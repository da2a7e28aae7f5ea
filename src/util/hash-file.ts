import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const pieceBytes = 1 << 20;

/** The SHA-256 of a whole file, in hex. */
export async function hashFile(filePath: string, signal?: AbortSignal): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(filePath, { highWaterMark: pieceBytes }), digest, { signal });
  return digest.digest('hex');
}
