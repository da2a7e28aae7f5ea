import path from 'node:path';
import { makeIdentity, recipientsOf } from '../crypto/identity.ts';
import { AppError, describeError } from '../errors.ts';
import type { Clock } from '../ports/ports.ts';
import { writeNewFile } from '../util/atomic-file.ts';

export interface NewKey {
  readonly command: 'keys new';
  readonly ok: true;
  readonly recipient: string;
  /** Where the identity was written; null when it is in `identity`. */
  readonly path: string | null;
  /** The text of an identity file; null when it was written to one. */
  readonly identity: string | null;
}

export interface ShownKeys {
  readonly command: 'keys show';
  readonly ok: true;
  readonly path: string;
  /** Of each identity in the file. */
  readonly recipients: readonly string[];
}

/**
 * Makes an identity and the recipient that belongs to it.
 *
 * @param filePath a new file that only its owner can read; null to return the identity
 * @throws AppError ENCRYPTION.KEY when there is such a file, or it cannot be written
 */
export async function newKey({ now }: Clock, filePath: string | null): Promise<NewKey> {
  const { text, recipient } = await makeIdentity(now());
  if (filePath !== null) await writeIdentity(filePath, text);
  return {
    command: 'keys new',
    ok: true,
    recipient,
    path: filePath,
    identity: filePath === null ? text : null,
  };
}

async function writeIdentity(filePath: string, text: string): Promise<void> {
  const isWritten = await writeNewFile(filePath, text).catch((cause: unknown) => {
    throw new AppError(
      'ENCRYPTION.KEY',
      `Cannot write the identity to ${filePath}: ${describeError(cause)}`,
      {
        hint: `Check that the folder ${path.dirname(filePath)} exists and is yours`,
      },
    );
  });
  if (isWritten) return;
  throw new AppError('ENCRYPTION.KEY', `There is a file ${filePath}, and no key is ever overwritten`, {
    hint: 'Choose another name with -o; holdfast keys show <file> prints the recipient of a key',
  });
}

/** @throws AppError ENCRYPTION.KEY */
export async function showKeys(filePath: string, identities: readonly string[]): Promise<ShownKeys> {
  return { command: 'keys show', ok: true, path: filePath, recipients: await recipientsOf(identities) };
}
