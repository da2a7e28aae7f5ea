import { hkdfSync } from 'node:crypto';
import { Decrypter, type Identity } from 'age-encryption';
import { AppError, describeError } from '../errors.ts';
import type { ByteSource, Unlock } from '../util/byte-source.ts';
import { AgePayload } from './age-payload.ts';

/** Room for the stanzas of several hundred recipients. */
const maxHeaderBytes = 65_536;
const nonceBytes = 16;

/** What can open an encrypted file: any one is enough. */
export interface Keys {
  /** `AGE-SECRET-KEY-1…`, or what unwraps a file key in another way. */
  readonly identities: readonly (string | Identity)[];
  readonly passphrase: string | null;
}

/** Opens age files with these keys. The header is authenticated before anything else of the file is looked at. */
export function createUnlock({ identities, passphrase }: Keys): Unlock {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  if (passphrase !== null) decrypter.addPassphrase(passphrase);
  return async (encrypted) => {
    const header = await readHeader(encrypted);
    const fileKey = await unwrap(decrypter, header);
    const nonce = await encrypted.read(header.length, nonceBytes);
    const key = Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
    return new AgePayload(encrypted, { key, start: header.length + nonceBytes });
  };
}

/** The text up to the line of the header's code, which begins with three dashes. */
async function readHeader(encrypted: ByteSource): Promise<Buffer> {
  const head = await encrypted.read(0, Math.min(encrypted.bytes, maxHeaderBytes));
  const lastLine = head.indexOf('\n--- ');
  const end = lastLine < 0 ? -1 : head.indexOf('\n', lastLine + 1);
  if (end >= 0) return head.subarray(0, end + 1);
  throw new AppError('SNAPSHOT.TRUNCATED', 'The end of its encryption header is missing');
}

async function unwrap(decrypter: Decrypter, header: Buffer): Promise<Uint8Array> {
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    throw explain(describeError(error), { header, cause: error });
  }
}

/** The library tells its failures apart by their messages only. */
function explain(message: string, { header, cause }: { header: Buffer; cause: unknown }): AppError {
  if (message.startsWith('no identity matched')) return wrongKey(header);
  if (message === 'scrypt work factor is too high') {
    return new AppError('SNAPSHOT.CONTENT', 'To try a passphrase on it would take more than 1 GB of memory', {
      cause,
    });
  }
  return new AppError('SNAPSHOT.CHECKSUM', `Its encryption header is not as it was written: ${message}`, {
    hint: 'Use another copy or another snapshot: holdfast list',
    cause,
  });
}

function wrongKey(header: Buffer): AppError {
  const takesPassphrase = header.includes('\n-> scrypt ');
  const [message, hint] = takesPassphrase
    ? [
        'It is encrypted with a passphrase, and none that fits was given',
        'Give the passphrase with --passphrase-file <file>',
      ]
    : [
        'It is encrypted, and no key that was given opens it',
        'Name the identity file that belongs to it with --identity <file>; holdfast keys show <file> prints whose it is',
      ];
  return new AppError('ENCRYPTION.WRONG_IDENTITY', message, { hint });
}
