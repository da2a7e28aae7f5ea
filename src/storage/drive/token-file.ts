import path from 'node:path';
import { AppError } from '../../errors.ts';
import { makeFolder, removeFileDurably, writeFileAtomically } from '../../util/atomic-file.ts';
import { readPrivateFile } from './private-file.ts';

/** What a login leaves behind. The access tokens made from it live in memory only. */
export interface StoredToken {
  readonly refreshToken: string;
  /** A token works only with the OAuth client that it was given to. */
  readonly clientId: string;
  readonly account: string;
  readonly obtained: Date;
  /** Null where Google has not said when it ends. */
  readonly expires: Date | null;
}

/**
 * Null when nobody has logged in.
 *
 * @throws AppError STORE.SETTING when others can read the file, or it is no such file
 */
export async function readToken(filePath: string): Promise<StoredToken | null> {
  const text = await readPrivateFile(filePath, 'the token of Google Drive');
  if (text === null) return null;
  try {
    const { refreshToken, clientId, account, obtained, expires } = JSON.parse(text) as Record<
      string,
      unknown
    >;
    return {
      refreshToken: asText(refreshToken),
      clientId: asText(clientId),
      account: asText(account),
      obtained: asDate(obtained),
      expires: expires === null ? null : asDate(expires),
    };
  } catch {
    // What the parser says would quote the file, which holds a secret.
    throw new AppError('STORE.SETTING', `Cannot use ${filePath}: it is no token of Google Drive`, {
      hint: 'Run `holdfast drive login`, which writes it anew',
    });
  }
}

/** Durable when it resolves; mode 0600. */
export async function writeToken(filePath: string, token: StoredToken): Promise<void> {
  await makeFolder(path.dirname(filePath));
  await writeFileAtomically(filePath, `${JSON.stringify(token, null, 2)}\n`);
}

export async function deleteToken(filePath: string): Promise<void> {
  await removeFileDurably(filePath);
}

function asText(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new TypeError('not a text');
}

function asDate(value: unknown): Date {
  const date = new Date(asText(value));
  if (!Number.isNaN(date.getTime())) return date;
  throw new TypeError('not an instant');
}
