import { createHash, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { FakeRefusal } from './fake-drive-files.ts';

/** Who asks, as the token says. */
export interface Asker {
  /** The address of the person or the service account. */
  readonly account: string;
  readonly isServiceAccount: boolean;
  readonly scopes: readonly string[];
  /** The application: with `drive.file` it sees its own files only. */
  readonly app: string;
}

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly scope: string;
}

export const driveFile = 'https://www.googleapis.com/auth/drive.file';

/** Google's OAuth, with one client, one person and one service account. Every secret holds `canary`. */
export class FakeAccounts {
  readonly clientId = '1234-abc.apps.googleusercontent.com';
  readonly clientSecret = 'GOCSPX-canary-client-secret';
  readonly person = 'joe@example.com';
  readonly serviceAccount = 'backup@project.iam.gserviceaccount.com';
  readonly #keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  readonly #codes = new Map<string, Grant>();
  readonly #refreshTokens = new Map<string, string>();
  readonly #accessTokens = new Map<string, Asker>();
  /** What the person ticks: another scope than was asked for. */
  grantedScope: string | null = null;
  /** The person clicks "Cancel". */
  refuses = false;
  /** In testing Google ends logins after a week, and says so. */
  isTesting = false;
  /** Set, this is the answer to every request for a token. */
  tokenRefusal: { readonly error: string; readonly error_description?: string } | null = null;

  /** The JSON file of the OAuth client. */
  clientFile(): object {
    return {
      installed: {
        client_id: this.clientId,
        client_secret: this.clientSecret,
        redirect_uris: ['http://localhost'],
      },
    };
  }

  /** The JSON key of the service account. */
  keyFile(): object {
    return {
      type: 'service_account',
      client_email: this.serviceAccount,
      private_key: this.#keys.privateKey,
      token_uri: 'https://oauth2.googleapis.com/token',
    };
  }

  /** A refresh token as a login leaves it. */
  issueRefreshToken(scope = driveFile): string {
    const token = `1//canary-refresh-${randomBytes(12).toString('hex')}`;
    this.#refreshTokens.set(token, scope);
    return token;
  }

  /** The person withdraws the access, or a week in testing is over: Google's answer is the same. */
  endLogins(): void {
    this.#refreshTokens.clear();
    this.#accessTokens.clear();
  }

  /** Access tokens live an hour. */
  endAccessTokens(): void {
    this.#accessTokens.clear();
  }

  get liveRefreshTokens(): number {
    return this.#refreshTokens.size;
  }

  /** What the browser is told when the person has decided. */
  authorize(query: URLSearchParams): { location: string } {
    const expected = {
      ...{ response_type: 'code', client_id: this.clientId, access_type: 'offline', prompt: 'consent' },
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(expected)) {
      if (query.get(name) !== value) throw new FakeRefusal(400, 'invalid_request', `wrong ${name}`);
    }
    const redirectUri = query.get('redirect_uri') ?? '';
    if (!/^http:\/\/127\.0\.0\.1:\d+$/.test(redirectUri))
      throw new FakeRefusal(400, 'redirect_uri_mismatch', '');
    const state = query.get('state') ?? '';
    const back = new URL(redirectUri);
    if (this.refuses) back.search = String(new URLSearchParams({ error: 'access_denied', state }));
    else {
      const code = `4/canary-code-${randomBytes(12).toString('hex')}`;
      const scope = this.grantedScope ?? query.get('scope') ?? '';
      this.#codes.set(code, { challenge: query.get('code_challenge') ?? '', redirectUri, scope });
      back.search = String(new URLSearchParams({ state, code, scope }));
    }
    return { location: back.href };
  }

  token(form: URLSearchParams): object {
    if (this.tokenRefusal !== null) throw refuse(this.tokenRefusal);
    const grant = form.get('grant_type');
    if (grant === 'urn:ietf:params:oauth:grant-type:jwt-bearer')
      return this.#fromAssertion(form.get('assertion') ?? '');
    if (form.get('client_id') !== this.clientId || form.get('client_secret') !== this.clientSecret) {
      throw refuse({ error: 'invalid_client', error_description: 'The OAuth client was not found.' }, 401);
    }
    return grant === 'refresh_token' ? this.#fromRefreshToken(form) : this.#fromCode(form);
  }

  revoke(token: string): object {
    if (this.#refreshTokens.delete(token)) {
      this.#accessTokens.clear();
      return {};
    }
    throw refuse({ error: 'invalid_token', error_description: 'Token expired or revoked' });
  }

  askerOf(authorization: string | undefined): Asker {
    const asker = this.#accessTokens.get((authorization ?? '').replace(/^Bearer /, ''));
    if (asker === undefined) throw new FakeRefusal(401, 'authError', 'Invalid Credentials');
    if (asker.scopes.some((scope) => scope.includes('/auth/drive'))) return asker;
    throw new FakeRefusal(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
  }

  #fromCode(form: URLSearchParams): object {
    const grant = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (
      grant === undefined ||
      grant.challenge !== challenge ||
      grant.redirectUri !== form.get('redirect_uri')
    ) {
      throw refuse({ error: 'invalid_grant', error_description: 'Malformed auth code.' });
    }
    return {
      ...this.#accessToken(this.person, grant.scope),
      refresh_token: this.issueRefreshToken(grant.scope),
      ...(this.isTesting ? { refresh_token_expires_in: 604_799 } : {}),
    };
  }

  #fromRefreshToken(form: URLSearchParams): object {
    const scope = this.#refreshTokens.get(form.get('refresh_token') ?? '');
    if (scope !== undefined) return this.#accessToken(this.person, scope);
    throw refuse({ error: 'invalid_grant', error_description: 'Token has been expired or revoked.' });
  }

  #fromAssertion(assertion: string): object {
    const [head = '', claims = '', signature = ''] = assertion.split('.');
    const isSigned = verify(
      'sha256',
      Buffer.from(`${head}.${claims}`),
      this.#keys.publicKey,
      Buffer.from(signature, 'base64url'),
    );
    const { iss, scope } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, string>;
    if (!isSigned || iss !== this.serviceAccount) {
      throw refuse({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
    }
    return this.#accessToken(this.serviceAccount, scope ?? '');
  }

  #accessToken(account: string, scope: string): object {
    const token = `ya29.canary-access-${randomBytes(12).toString('hex')}`;
    const isServiceAccount = account === this.serviceAccount;
    this.#accessTokens.set(token, {
      account,
      isServiceAccount,
      scopes: scope.split(' '),
      app: this.clientId,
    });
    return { access_token: token, expires_in: 3599, token_type: 'Bearer', scope };
  }
}

function refuse(body: object, status = 400): FakeRefusal {
  return FakeRefusal.oauth(status, body);
}
