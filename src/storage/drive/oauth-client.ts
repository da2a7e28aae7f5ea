import { AppError } from '../../errors.ts';
import type { DriveCredentials } from '../../ports/drive.ts';
import { readPrivateFile } from './private-file.ts';

export interface OAuthClientKey {
  readonly id: string;
  readonly secret: string;
}

const clientsPage = 'https://console.cloud.google.com/auth/clients';

/**
 * The OAuth client, from the settings or from the JSON file that Google Cloud gives out.
 *
 * @throws AppError STORE.SETTING
 */
export async function readOAuthClient(
  client: Extract<DriveCredentials, { kind: 'person' }>['client'],
): Promise<OAuthClientKey> {
  if ('id' in client) return client;
  const { installed, web } = await readJson(client.path, 'the OAuth client');
  const { client_id: id, client_secret: secret } = (installed ?? {}) as Record<string, unknown>;
  if (typeof id === 'string' && typeof secret === 'string') return { id, secret };
  const why =
    web === undefined
      ? 'it is not the JSON file of an OAuth client'
      : 'it is a client of the type Web application';
  throw new AppError('STORE.SETTING', `Cannot use the OAuth client in ${client.path}: ${why}`, {
    hint: `Make a client of the type Desktop app at ${clientsPage} and download its JSON file`,
  });
}

export interface ServiceAccountKey {
  readonly email: string;
  readonly privateKey: string;
}

/** @throws AppError STORE.SETTING */
export async function readServiceAccount(filePath: string): Promise<ServiceAccountKey> {
  const key = await readJson(filePath, 'the key of the service account');
  const { type, client_email: email, private_key: privateKey } = key;
  if (type === 'service_account' && typeof email === 'string' && typeof privateKey === 'string') {
    return { email, privateKey };
  }
  throw new AppError('STORE.SETTING', `Cannot use ${filePath}: it is not the JSON key of a service account`, {
    hint: 'Make one at https://console.cloud.google.com/iam-admin/serviceaccounts under Keys, Add key, JSON',
  });
}

async function readJson(filePath: string, what: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readPrivateFile(filePath, what);
  if (text === null) {
    throw new AppError('STORE.SETTING', `Cannot read ${what}: there is no file ${filePath}`, {
      hint: 'Check the path in the settings of the target',
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // What the parser says would quote the file, which holds a secret.
  }
  throw new AppError('STORE.SETTING', `Cannot use ${what} in ${filePath}: it is not JSON`);
}
