import type { DriveLogout } from '../../ports/drive.ts';
import { StoreError } from '../store-error.ts';
import { createOAuthClient, type DriveContext } from './authorize.ts';
import { readOAuthClient } from './oauth-client.ts';
import { deleteToken, readToken } from './token-file.ts';

/**
 * Withdraws the token at Google and deletes it here. It is deleted here also when Google cannot be reached: the file is
 * what somebody could steal.
 */
export async function logOut({ settings, endpoints }: DriveContext): Promise<DriveLogout> {
  const { credentials, name } = settings;
  if (credentials.kind !== 'person') {
    throw new StoreError(
      'STORE.SETTING',
      `Cannot log out of Google Drive (${name}): it uses a service account`,
      {
        hint: 'Delete its key at https://console.cloud.google.com/iam-admin/serviceaccounts',
      },
    );
  }
  const { tokenPath } = credentials;
  const token = await readToken(tokenPath);
  if (token === null) return { wasLoggedIn: false, isRevoked: false, tokenPath };
  const client = createOAuthClient(await readOAuthClient(credentials.client), endpoints);
  const isRevoked = await client.revokeToken(token.refreshToken).then(
    () => true,
    () => false,
  );
  await deleteToken(tokenPath);
  return { wasLoggedIn: true, isRevoked, tokenPath };
}
