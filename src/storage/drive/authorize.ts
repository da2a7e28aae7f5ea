import { JWT, OAuth2Client } from 'google-auth-library';
import { AppError } from '../../errors.ts';
import type { DriveEndpoints, DriveSettings } from '../../ports/drive.ts';
import type { DriveCaller } from './drive-errors.ts';
import { type OAuthClientKey, readOAuthClient, readServiceAccount } from './oauth-client.ts';
import { readToken, type StoredToken } from './token-file.ts';

/** Sees and changes only what this application has stored itself. */
export const personScope = 'https://www.googleapis.com/auth/drive.file';
/** A shared drive is not made by the application; a service account reaches only what it was made a member of. */
const serviceAccountScope = 'https://www.googleapis.com/auth/drive';

export interface DriveContext {
  readonly settings: DriveSettings;
  readonly endpoints: DriveEndpoints | undefined;
  readonly now: () => Date;
}

export interface Authorization {
  readonly client: OAuth2Client;
  readonly caller: DriveCaller;
  /** Null for a service account. */
  readonly token: StoredToken | null;
}

/**
 * Credentials that can ask for access tokens; nothing is sent yet.
 *
 * @throws AppError STORE.AUTHENTICATION when nobody has logged in, STORE.SETTING
 */
export async function authorize(context: DriveContext): Promise<Authorization> {
  const { credentials, name } = context.settings;
  if (credentials.kind === 'service account') return authorizeServiceAccount(context, credentials.keyPath);
  const key = await readOAuthClient(credentials.client);
  const token = await readToken(credentials.tokenPath);
  if (token === null) throw notLoggedIn(name, 'nobody has logged in');
  if (token.clientId !== key.id) throw notLoggedIn(name, 'the login was with another OAuth client');
  const client = createOAuthClient(key, context.endpoints);
  client.setCredentials({ refresh_token: token.refreshToken });
  return { client, token, caller: personCaller(context, token) };
}

export function personCaller({ settings, now }: DriveContext, token: StoredToken | null): DriveCaller {
  return { target: settings.name, serviceAccount: null, token, now };
}

/** A client that knows no person yet. */
export function createOAuthClient(
  { id, secret }: OAuthClientKey,
  endpoints: DriveEndpoints | undefined,
  redirectUri?: string,
): OAuth2Client {
  const client = new OAuth2Client({
    clientId: id,
    clientSecret: secret,
    ...(redirectUri === undefined ? {} : { redirectUri }),
    ...(endpoints === undefined ? {} : { endpoints: oauthEndpoints(endpoints) }),
  });
  return withoutRetries(client);
}

/** The library repeats requests for tokens by itself; whether and when to try again is not for it to decide. */
function withoutRetries<T extends OAuth2Client>(client: T): T {
  client.transporter.interceptors.request.add({
    resolved: async (request) => {
      request.retry = false;
      delete request.retryConfig;
      return request;
    },
  });
  return client;
}

function oauthEndpoints({ origin }: DriveEndpoints) {
  return {
    oauth2AuthBaseUrl: `${origin}/o/oauth2/v2/auth`,
    oauth2TokenUrl: `${origin}/token`,
    oauth2RevokeUrl: `${origin}/revoke`,
  };
}

async function authorizeServiceAccount(
  { settings, endpoints, now }: DriveContext,
  keyPath: string,
): Promise<Authorization> {
  const { email, privateKey } = await readServiceAccount(keyPath);
  const client = withoutRetries(new JWT({ email, key: privateKey, scopes: [serviceAccountScope] }));
  if (endpoints !== undefined) redirectTokens(client, endpoints);
  const caller = { target: settings.name, serviceAccount: email, token: null, now };
  return { client, token: null, caller };
}

/** The library sends the requests of service accounts to a fixed address, whatever its options and the key say. */
function redirectTokens(client: JWT, { origin }: DriveEndpoints): void {
  client.transporter.interceptors.request.add({
    resolved: async (request) => {
      const isToken = String(request.url).startsWith('https://oauth2.googleapis.com/');
      if (isToken) request.url = new URL('/token', origin);
      return request;
    },
  });
}

function notLoggedIn(target: string, why: string): AppError {
  return new AppError('STORE.AUTHENTICATION', `Cannot use Google Drive (${target}): ${why}`, {
    hint: 'Run `holdfast drive login`',
  });
}
