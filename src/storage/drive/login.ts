import { randomBytes, timingSafeEqual } from 'node:crypto';
import { CodeChallengeMethod, type Credentials, type OAuth2Client } from 'google-auth-library';
import type { DriveLogin, PendingLogin } from '../../ports/drive.ts';
import { StoreError } from '../store-error.ts';
import { readAbout } from './about.ts';
import { createOAuthClient, type DriveContext, personCaller, personScope } from './authorize.ts';
import { DriveConnection } from './connection.ts';
import { asDriveError, driveError } from './drive-errors.ts';
import { type OAuthClientKey, readOAuthClient } from './oauth-client.ts';
import { listenForRedirect } from './redirect-listener.ts';
import { type StoredToken, writeToken } from './token-file.ts';

/**
 * Begins the login of an installed application (developers.google.com/identity/protocols/oauth2/native-app): PKCE
 * with S256, a state of its own, and an address of this machine to come back to.
 */
export async function startLogin(context: DriveContext, signal?: AbortSignal): Promise<PendingLogin> {
  const { credentials, name } = context.settings;
  if (credentials.kind !== 'person') {
    throw new StoreError(
      'STORE.SETTING',
      `Cannot log in to Google Drive (${name}): it uses a service account`,
      {
        hint: 'A service account needs no login; `holdfast drive test` shows whether it works',
      },
    );
  }
  const key = await readOAuthClient(credentials.client);
  const answer = new Answer(context);
  const listener = await listenForRedirect((query) => answer.take(query));
  const client = createOAuthClient(key, context.endpoints, listener.uri);
  const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
  const stop = (): void => answer.fail(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const close = async (): Promise<void> => {
    signal?.removeEventListener('abort', stop);
    listener.close();
  };
  return {
    url: client.generateAuthUrl({
      scope: personScope,
      state: answer.state,
      // Without both of these Google gives no refresh token to somebody who has logged in before.
      ...{ access_type: 'offline', prompt: 'consent' },
      ...{ code_challenge_method: CodeChallengeMethod.S256, code_challenge: codeChallenge! },
    }),
    takeAnswer: (text) => answer.takeText(text),
    finish: async () => {
      const tokens = await exchange(context, client, { code: await answer.code, codeVerifier });
      return store(context, { client, key, tokens, tokenPath: credentials.tokenPath });
    },
    close,
  };
}

/** The one answer that belongs to this login, whichever way it comes. */
class Answer {
  readonly state = randomBytes(32).toString('base64url');
  readonly code: Promise<string>;
  readonly #context: DriveContext;
  #resolve: (code: string) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(context: DriveContext) {
    this.#context = context;
    this.code = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // It may come to nothing before anybody waits for it.
    this.code.catch(() => undefined);
  }

  /** False for what belongs to another login. */
  take(query: URLSearchParams): boolean {
    if (!this.#isOwn(query.get('state'))) return false;
    const [code, error] = [query.get('code'), query.get('error')];
    if (code !== null) this.#resolve(code);
    else this.fail(this.#refusal(error ?? 'no code came back'));
    return true;
  }

  /** An address with its parameters, or the bare code, which PKCE binds to this login. */
  takeText(text: string): void {
    const pasted = text.trim();
    if (/^[\w./~+-]{10,}$/.test(pasted)) {
      this.#resolve(pasted);
      return;
    }
    const query = URL.canParse(pasted) ? new URL(pasted).searchParams : new URLSearchParams();
    if (this.take(query)) return;
    throw new StoreError('STORE.AUTHENTICATION', 'Cannot log in: this is not the answer of this login', {
      hint: 'Paste the whole address that the browser shows at the end, beginning with http://127.0.0.1',
    });
  }

  fail(error: unknown): void {
    this.#reject(error);
  }

  #isOwn(state: string | null): boolean {
    const [given, own] = [Buffer.from(state ?? ''), Buffer.from(this.state)];
    return given.length === own.length && timingSafeEqual(given, own);
  }

  #refusal(reason: string): StoreError {
    const failure = {
      status: null,
      reasons: [reason],
      message: reason,
      retryAfterMs: null,
      networkCode: null,
    };
    return driveError('log in to Google Drive', failure, personCaller(this.#context, null));
  }
}

async function exchange(
  context: DriveContext,
  client: OAuth2Client,
  { code, codeVerifier }: { code: string; codeVerifier: string },
): Promise<Credentials> {
  try {
    return (await client.getToken({ code, codeVerifier })).tokens;
  } catch (error) {
    throw asDriveError('log in to Google Drive', error, { caller: personCaller(context, null) });
  }
}

interface NewLogin {
  readonly client: OAuth2Client;
  readonly key: OAuthClientKey;
  readonly tokens: Credentials;
  readonly tokenPath: string;
}

async function store(context: DriveContext, login: NewLogin): Promise<DriveLogin> {
  const { client, key, tokens, tokenPath } = login;
  checkGrant(tokens);
  client.setCredentials(tokens);
  const obtained = context.now();
  const expires = readExpiry(tokens, obtained);
  const account = await readAccount(context, client);
  const token: StoredToken = {
    ...{ refreshToken: tokens.refresh_token!, clientId: key.id },
    ...{ account, obtained, expires },
  };
  await writeToken(tokenPath, token);
  return { account, tokenPath, expires: expires?.toISOString() ?? null };
}

/** The person may have left the box beside Google Drive empty, and agreed to all the rest. */
function checkGrant({ scope, refresh_token: refreshToken }: Credentials): void {
  const isGranted = (scope ?? '').split(' ').includes(personScope);
  if (isGranted && refreshToken != null) return;
  const why = isGranted ? 'Google has given no refresh token' : 'access to Google Drive was not granted';
  throw new StoreError('STORE.PERMISSION', `Cannot log in to Google Drive: ${why}`, {
    hint: 'Run `holdfast drive login` again, and tick the box beside Google Drive in the browser',
  });
}

/** Google says when the login ends where it does, as it does while an application is in testing. */
function readExpiry(tokens: Credentials, obtained: Date): Date | null {
  const seconds = (tokens as { refresh_token_expires_in?: unknown }).refresh_token_expires_in;
  return typeof seconds === 'number' ? new Date(obtained.getTime() + seconds * 1000) : null;
}

async function readAccount(context: DriveContext, client: OAuth2Client): Promise<string> {
  const authorization = { client, token: null, caller: personCaller(context, null) };
  const { account } = await readAbout(new DriveConnection(authorization, context.endpoints));
  return account ?? 'an account without an address';
}
