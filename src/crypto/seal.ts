import { createHash } from 'node:crypto';
import { Encrypter } from 'age-encryption';
import { AppError } from '../errors.ts';
import type { Unlock } from '../util/byte-source.ts';
import { createUnlock } from './unlock.ts';

/** For whom snapshots are encrypted. age allows either recipients or a passphrase. */
export type SealFor = { readonly recipients: readonly string[] } | { readonly passphrase: string };

/** A file that is being encrypted: `write` until `finish`. */
export interface SealedFile {
  /** Takes the next bytes of the content. Resolves when there is room for more, rejects when the sink has failed. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the file; what the sink has received. */
  finish(): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /** Opens this one file, for as long as the process lives, also where no key is at hand. */
  readonly unlock: Unlock;
}

/** Begins an encrypted file whose bytes go to `sink`, one call after the other. */
export type Seal = (sink: (bytes: Uint8Array) => Promise<void>) => Promise<SealedFile>;

/** @throws AppError ENCRYPTION.KEY when a recipient is none */
export function createSeal(target: SealFor): Seal {
  return async (sink) => {
    const { encrypter, unlock } = prepare(target);
    const content = new TransformStream<Uint8Array, Uint8Array>();
    const writer = content.writable.getWriter();
    const digest = createHash('sha256');
    let bytes = 0;
    const encrypted = await encrypter.encrypt(content.readable);
    const stored = encrypted.pipeTo(
      new WritableStream({
        async write(chunk) {
          await sink(chunk);
          digest.update(chunk);
          bytes += chunk.length;
        },
      }),
    );
    // A failure reaches the caller through `write` or `finish`.
    stored.catch(() => undefined);
    return {
      write: (chunk) => writer.write(chunk),
      async finish() {
        await writer.close();
        await stored;
        return { bytes, sha256: digest.digest('hex') };
      },
      unlock,
    };
  };
}

function prepare(target: SealFor): { encrypter: Encrypter; unlock: Unlock } {
  const encrypter = new Encrypter();
  if ('passphrase' in target) {
    encrypter.setPassphrase(target.passphrase);
    return { encrypter, unlock: createUnlock({ identities: [], passphrase: target.passphrase }) };
  }
  let fileKey: Uint8Array | null = null;
  for (const [index, recipient] of target.recipients.entries()) addRecipient(encrypter, recipient, index + 1);
  // Asked to wrap the file key like any recipient, it keeps it for the read-back and adds nothing to the header.
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = key;
      return [];
    },
  });
  return {
    encrypter,
    unlock: createUnlock({ identities: [{ unwrapFileKey: () => fileKey }], passphrase: null }),
  };
}

/** Neither the value nor the library's message is passed on: it may be a secret key that was put in the wrong place. */
function addRecipient(encrypter: Encrypter, recipient: string, number: number): void {
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw new AppError('ENCRYPTION.KEY', `Recipient ${number} is no age recipient, or was mistyped`, {
      hint: 'A recipient is the line that begins with age1: holdfast keys show <identity file>',
    });
  }
}
