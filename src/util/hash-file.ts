import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** The SHA-256 of a whole file, in hex. */
export async function hashFile(filePath: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(filePath), digest);
  return digest.digest('hex');
}
