import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError, describeError } from '../errors.ts';
import type { Ports } from '../ports/ports.ts';
import { isOpenToOthers } from '../util/file-mode.ts';
import { shellWord } from '../util/shell-word.ts';
import type { EncryptionSettings } from './settings.ts';

/** Far more than any identity file or passphrase has. */
const maxBytes = 65_536;

/**
 * What encrypts snapshots and what opens them. Keys are read, and the library is loaded, when the first snapshot is to
 * be encrypted or opened; an unusable key is ENCRYPTION.KEY then.
 */
export function openEncryption(settings: EncryptionSettings): Pick<Ports, 'seal' | 'unlock'> {
  const { recipients, identityFile, passphraseFile, passphraseFd } = settings;
  const hasPassphrase = passphraseFile !== null || passphraseFd !== null;
  const getPassphrase = once(() => readPassphrase(settings));
  const getSeal = once(async () => {
    const { createSeal } = await import('../crypto/seal.ts');
    return createSeal(recipients.length > 0 ? { recipients } : { passphrase: (await getPassphrase())! });
  });
  const getUnlock = once(async () => {
    const { createUnlock } = await import('../crypto/unlock.ts');
    const identities = identityFile === null ? [] : await readIdentities(identityFile);
    return createUnlock({ identities, passphrase: await getPassphrase() });
  });
  return {
    ...(recipients.length > 0 || hasPassphrase ? { seal: async (sink) => (await getSeal())(sink) } : {}),
    ...(identityFile !== null || hasPassphrase
      ? { unlock: async (encrypted) => (await getUnlock())(encrypted) }
      : {}),
  };
}

/** A descriptor can be read only once. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * The identities in a file that only its owner can read.
 *
 * @throws AppError ENCRYPTION.KEY
 */
export async function readIdentities(filePath: string): Promise<readonly string[]> {
  const { parseIdentities } = await import('../crypto/identity.ts');
  return parseIdentities(await readPrivateFile(filePath, 'identity file'), filePath);
}

async function readPassphrase(settings: EncryptionSettings): Promise<string | null> {
  const { passphraseFd, passphraseFile } = settings;
  if (passphraseFd !== null)
    return parsePassphrase(readDescriptor(passphraseFd), `descriptor ${passphraseFd}`);
  if (passphraseFile === null) return null;
  return parsePassphrase(await readPrivateFile(passphraseFile, 'passphrase file'), passphraseFile);
}

async function readPrivateFile(filePath: string, kind: string): Promise<string> {
  const file = await open(filePath, 'r').catch((cause: unknown) => {
    throw unusable(`Cannot read the ${kind} ${filePath}: ${describeError(cause)}`, {
      hint: 'Check the path and who owns the file',
    });
  });
  try {
    return await readPrivate(file, { filePath, kind });
  } finally {
    await file.close();
  }
}

async function readPrivate(
  file: FileHandle,
  { filePath, kind }: { filePath: string; kind: string },
): Promise<string> {
  const { mode, size } = await file.stat();
  if (isOpenToOthers(mode)) {
    throw unusable(`Others than its owner may use the ${kind} ${filePath}`, {
      hint: `Run: chmod 600 ${shellWord(filePath)}`,
    });
  }
  if (size > maxBytes) throw unusable(`The ${kind} ${filePath} is no such file: it has ${size} bytes`);
  return file.readFile('utf8');
}

function readDescriptor(descriptor: number): string {
  try {
    return readFileSync(descriptor, 'utf8');
  } catch (cause) {
    throw unusable(`Cannot read the passphrase from descriptor ${descriptor}: ${describeError(cause)}`, {
      hint: 'Open it in the shell: holdfast … --passphrase-fd 3 3<passphrase.txt',
    });
  }
}

/** One line; its end does not belong to it. */
function parsePassphrase(text: string, place: string): string {
  const passphrase = text.replace(/\r?\n$/, '');
  if (passphrase === '') throw unusable(`There is no passphrase in ${place}`);
  if (/[\r\n]/.test(passphrase)) throw unusable(`The passphrase in ${place} has more than one line`);
  return passphrase;
}

function unusable(message: string, details: { readonly hint?: string } = {}): AppError {
  return new AppError('ENCRYPTION.KEY', message, details);
}
