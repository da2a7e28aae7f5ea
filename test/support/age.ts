import { spawnSync } from 'node:child_process';
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { createSeal, type SealFor } from '../../src/crypto/seal.ts';
import { AppError } from '../../src/errors.ts';
import type { ByteSource, Unlock } from '../../src/util/byte-source.ts';

export interface KeyPair {
  readonly identity: string;
  readonly recipient: string;
}

export async function makeKeys(): Promise<KeyPair> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** Bytes in memory as a file. */
export function sourceOf(bytes: Buffer): ByteSource {
  return {
    bytes: bytes.length,
    async read(offset, count) {
      if (offset + count > bytes.length) throw new AppError('SNAPSHOT.TRUNCATED', 'It ends before that');
      return bytes.subarray(offset, offset + count);
    },
  };
}

export async function readAll(source: ByteSource): Promise<Buffer> {
  return source.read(0, source.bytes);
}

export interface SealedBytes {
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly unlock: Unlock;
}

/** The file that Holdfast makes of this content, written in pieces. */
export async function sealBytes(
  content: Buffer,
  target: SealFor,
  pieceBytes = 100_000,
): Promise<SealedBytes> {
  const parts: Buffer[] = [];
  const sealed = await createSeal(target)(async (bytes) => void parts.push(Buffer.from(bytes)));
  for (let start = 0; start < content.length; start += pieceBytes) {
    await sealed.write(content.subarray(start, start + pieceBytes));
  }
  const { bytes: count, sha256 } = await sealed.finish();
  const bytes = Buffer.concat(parts);
  if (bytes.length !== count) throw new Error(`${count} bytes were counted, and ${bytes.length} written`);
  return { bytes, sha256, unlock: sealed.unlock };
}

/** An age file taken apart by its identity, so that others can be made of it whose every code fits. */
export interface AgeParts {
  readonly fileKey: Buffer;
  /** From the version to the dashes of the last line. */
  readonly head: string;
  readonly nonce: Buffer;
  readonly chunks: readonly Buffer[];
}

export const storedChunkBytes = 65_552;

export async function takeApartAge(bytes: Buffer, identity: string): Promise<AgeParts> {
  const headEnd = bytes.indexOf('\n--- ') + 4;
  const start = bytes.indexOf('\n', headEnd) + 1;
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const fileKey = Buffer.from(await decrypter.decryptHeader(bytes.subarray(0, start)));
  const payload = bytes.subarray(start + 16);
  const chunks = Array.from({ length: Math.ceil(payload.length / storedChunkBytes) }, (_, index) =>
    payload.subarray(index * storedChunkBytes, (index + 1) * storedChunkBytes),
  );
  return {
    fileKey,
    head: bytes.toString('latin1', 0, headEnd),
    nonce: bytes.subarray(start, start + 16),
    chunks,
  };
}

/** The reverse, with a code of the header that fits, or the one that is given. */
export function assembleAge(
  { fileKey, head, nonce, chunks }: AgeParts,
  code = headerCode(fileKey, head),
): Buffer {
  return Buffer.concat([Buffer.from(`${head} ${code}\n`, 'latin1'), nonce, ...chunks]);
}

export function headerCode(fileKey: Buffer, head: string): string {
  const key = Buffer.from(hkdfSync('sha256', fileKey, '', 'header', 32));
  return withoutPadding(createHmac('sha256', key).update(head, 'latin1').digest());
}

export function withoutPadding(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

/** A chunk that is authentic at this place. */
export function sealChunk(
  parts: AgeParts,
  content: Buffer,
  place: { index: number; isLast: boolean },
): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', payloadKey(parts), chunkNonce(place), {
    authTagLength: 16,
  });
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** The control: decrypts each chunk as it comes, and compares no code. */
export function openWithoutChecks(parts: AgeParts): Buffer {
  const contents = parts.chunks.map((chunk, index) => {
    const nonce = chunkNonce({ index, isLast: index === parts.chunks.length - 1 });
    const counterFromOne = Buffer.from([1, 0, 0, 0]);
    const decipher = createDecipheriv('chacha20', payloadKey(parts), Buffer.concat([counterFromOne, nonce]));
    return decipher.update(chunk.subarray(0, -16));
  });
  return Buffer.concat(contents);
}

function payloadKey({ fileKey, nonce }: AgeParts): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
}

function chunkNonce({ index, isLast }: { index: number; isLast: boolean }): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** Whether Debian's age is here. Where CI is set it has to be. */
export const hasAge = process.env['CI'] !== undefined || spawnSync('age', ['--version']).status === 0;

export interface ProgramRun {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a program of Debian's age package. */
export function runAge(program: 'age' | 'age-keygen', argv: readonly string[], input?: Buffer): ProgramRun {
  const { status, stdout, stderr, error } = spawnSync(program, argv, { input, maxBuffer: 2 ** 28 });
  if (error !== undefined && status === null) throw error;
  return { status, stdout, stderr: stderr.toString('utf8') };
}

/** The same for age's questions about a passphrase, which it asks of a terminal only. */
export function runAgeAtTerminal(command: string, passphrase: string): ProgramRun {
  const { status, stdout, stderr } = spawnSync('script', ['-qec', command, '/dev/null'], {
    input: `${passphrase}\n${passphrase}\n`,
  });
  return { status, stdout, stderr: stderr.toString('utf8') };
}
