import { chmodSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { DriveSettings } from '../../../src/ports/drive.ts';
import { openDrive } from '../../../src/storage/drive/open-drive.ts';
import {
  type DriveRig,
  logIn,
  loginInstant,
  openDriveRig,
  type RigOptions,
  unit,
  writeSecret,
} from '../../support/drive-rig.ts';
import type { RequestKind } from '../../support/fake-drive.ts';
import { driveErrorBody } from '../../support/fake-drive-files.ts';
import { someBytes, sourceOf } from '../../support/upload-source.ts';

const name = 'backup-2026-11-20T10-30-00Z.json.gz';
const content = someBytes(1000);
const large = someBytes(3 * unit);
const dayMs = 86_400_000;

let rig: DriveRig;
afterEach(() => rig?.close());

async function open(options?: RigOptions): Promise<DriveRig> {
  rig = await openDriveRig(options);
  return rig;
}

interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

async function failureOf(work: Promise<unknown>): Promise<Told> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  const { code, message, hint } = error as Told;
  return { code, message, hint };
}

describe('a service account', () => {
  it('is told that it has no storage of its own, and that is not tried again', async () => {
    const { fake, store } = await open({ credentials: 'service account' });
    const body = driveErrorBody(403, 'storageQuotaExceeded', 'Service Accounts do not have storage quota.');
    fake.script({ on: 'small upload', does: 'answer', status: 403, body, times: 9 });
    const { code, message, hint } = await failureOf(store.put(name, sourceOf(content)));
    expect([code, fake.count('small upload')]).toEqual(['STORE.FULL', 1]);
    expect(message).toContain(`${fake.accounts.serviceAccount} has no storage of its own`);
    expect(hint).toContain('sharedDrive');
  });

  it('is told when the shared drive is a folder that was shared with it', async () => {
    const { fake, store } = await open({ credentials: 'service account' });
    fake.files.sharedDrives.clear();
    const { code, hint } = await failureOf(store.put(name, sourceOf(content)));
    expect([code, hint]).toEqual(['STORE.SETTING', expect.stringContaining('is no shared drive')]);
  });

  it('puts files in the trash where its role does not let it delete them', async () => {
    const { fake, store } = await open({ credentials: 'service account' });
    await store.put(name, sourceOf(content));
    await store.delete(name);
    expect([...fake.files.all.values()].find((file) => file.name === name)?.trashed).toBe(true);
    expect(await store.stat(name)).toBeNull();
  });

  it('deletes for ever as a manager', async () => {
    const { fake, store } = await open({ credentials: 'service account' });
    fake.files.sharedDrives.set('0ASharedDrive', 'organizer');
    await store.put(name, sourceOf(content));
    await store.delete(name);
    expect([...fake.files.all.values()].map((file) => file.name)).toEqual(['Holdfast Backups']);
  });

  it('has no quota in a shared drive', async () => {
    expect(await (await open({ credentials: 'service account' })).store.quota()).toBeNull();
  });

  it('is told when its key is not accepted', async () => {
    const { fake, store } = await open({ credentials: 'service account' });
    fake.accounts.tokenRefusal = { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' };
    const { code, hint } = await failureOf(store.list());
    expect([code, hint]).toEqual(['STORE.AUTHENTICATION', expect.stringContaining('clock')]);
  });
});

describe('a login that has ended', () => {
  it.each([
    ['withdrawn after an hour', 1 / 24, null, 'the access was withdrawn', 'drive login'],
    [
      'of an application that may be in testing',
      7.5,
      null,
      'either it was withdrawn, or the application is in testing',
      'Publish the application',
    ],
    [
      'of an application that is in testing',
      7.5,
      7,
      'Google ends logins of an application in testing after 7 days (the login is 7 days old)',
      'Publish the application',
    ],
  ])('is explained when it is %s', async (_what, ageDays, expiresDays, why, advice) => {
    const now = new Date(loginInstant.getTime() + ageDays * dayMs);
    const { fake, settings, store } = await open({ now: () => now });
    if (expiresDays !== null)
      rewriteToken(settings, { expires: new Date(loginInstant.getTime() + expiresDays * dayMs) });
    fake.accounts.endLogins();
    const { code, message, hint } = await failureOf(store.put(name, sourceOf(content)));
    expect(code).toBe('STORE.AUTHENTICATION');
    expect(message).toContain(why);
    expect(hint).toContain(advice);
    expect(fake.count('token')).toBe(1);
  });

  it('is found on the way, too', async () => {
    const { fake, store } = await open();
    fake.script({ on: 'chunk', after: 1, does: 'call', call: () => fake.accounts.endLogins() });
    expect(await failureOf(store.put(name, sourceOf(large)))).toMatchObject({ code: 'STORE.AUTHENTICATION' });
  });
});

function rewriteToken({ credentials }: DriveSettings, changes: object): void {
  if (credentials.kind !== 'person') throw new Error('a service account has no token');
  const token = { refreshToken: '1//canary-rewritten', clientId: '1234-abc.apps.googleusercontent.com' };
  writeSecret(credentials.tokenPath, {
    ...token,
    account: 'joe@example.com',
    obtained: loginInstant,
    ...changes,
  });
}

describe('a full account', () => {
  it('is found before anything is sent', async () => {
    const { fake, store } = await open();
    fake.files.limitBytes = 500;
    const { code, message } = await failureOf(store.put(name, sourceOf(content)));
    expect([code, fake.count('small upload')]).toEqual(['STORE.FULL', 0]);
    expect(message).toContain('it needs 1.0 KB, and 500 B are free');
  });

  it('is found by the upload where others have filled it meanwhile, and not tried again', async () => {
    const { fake, store } = await open();
    fake.script({
      on: 'session',
      does: 'call',
      call: () => {
        fake.files.limitBytes = 5;
      },
    });
    const { code, message } = await failureOf(store.put(name, sourceOf(large)));
    expect([code, fake.count('session')]).toEqual(['STORE.FULL', 1]);
    expect(message).toContain('the storage of the Google account is full');
  });

  it('has room without end where Google sets no limit', async () => {
    const { fake, store } = await open();
    fake.files.limitBytes = null;
    await store.put(name, sourceOf(content));
    expect(await store.quota()).toEqual({ usedBytes: 1000, freeBytes: null });
  });
});

describe('refusals of Google', () => {
  const newForm = (reason: string) => ({
    error: { code: 403, message: 'Refused.', status: 'PERMISSION_DENIED', details: [{ reason }] },
  });

  it.each<[string, RequestKind, number, object, string, string]>([
    [
      'an API that is not switched on',
      'list',
      403,
      driveErrorBody(403, 'accessNotConfigured', 'Drive API has not been used.'),
      'STORE.SETTING',
      'drive.googleapis.com',
    ],
    [
      'the same in the newer form',
      'list',
      403,
      newForm('SERVICE_DISABLED'),
      'STORE.SETTING',
      'drive.googleapis.com',
    ],
    [
      'a token of another scope',
      'list',
      403,
      driveErrorBody(403, 'insufficientPermissions', 'Insufficient Permission'),
      'STORE.PERMISSION',
      'leave the box',
    ],
    [
      'the same in the newer form',
      'about',
      403,
      newForm('ACCESS_TOKEN_SCOPE_INSUFFICIENT'),
      'STORE.PERMISSION',
      'leave the box',
    ],
    [
      'a file of another application',
      'small upload',
      403,
      driveErrorBody(403, 'appNotAuthorizedToFile', 'No.'),
      'STORE.PERMISSION',
      'OAuth client that stored it',
    ],
    [
      'a rule of the Workspace',
      'small upload',
      403,
      driveErrorBody(403, 'domainPolicy', 'No.'),
      'STORE.PERMISSION',
      'administrator',
    ],
    [
      'a full shared drive',
      'small upload',
      403,
      driveErrorBody(403, 'teamDriveFileLimitExceeded', 'No.'),
      'STORE.FULL',
      'Delete',
    ],
    [
      'an OAuth client that was deleted',
      'token',
      401,
      { error: 'deleted_client' },
      'STORE.AUTHENTICATION',
      'OAuth client',
    ],
  ])('are explained and not repeated: %s', async (_what, on, status, body, code, told) => {
    const { fake, store } = await open();
    fake.script({ on, does: 'answer', status, body, times: 9 });
    const failure = await failureOf(store.put(name, sourceOf(content)));
    expect(failure.code).toBe(code);
    expect(`${failure.message} ${failure.hint}`).toContain(told);
    expect(fake.count(on)).toBe(1);
  });

  it.each<[string, number, object, Record<string, string>, object]>([
    ['429', 429, {}, { 'retry-after': '3' }, { code: 'STORE.BUSY', retryAfterMs: 3000 }],
    ['429 without a time', 429, {}, {}, { code: 'STORE.BUSY', retryAfterMs: null }],
    [
      'userRateLimitExceeded',
      403,
      driveErrorBody(403, 'userRateLimitExceeded', 'Slow.'),
      {},
      { code: 'STORE.BUSY' },
    ],
    ['rateLimitExceeded', 403, driveErrorBody(403, 'rateLimitExceeded', 'Slow.'), {}, { code: 'STORE.BUSY' }],
    ['503', 503, {}, {}, { code: 'STORE.UNREACHABLE' }],
    ['500', 500, {}, {}, { code: 'STORE.UNREACHABLE' }],
  ])('are left to whoever retries: %s', async (_what, status, body, headers, expected) => {
    const { fake, store } = await open();
    fake.script({ on: 'list', does: 'answer', status, body, headers });
    await expect(store.list()).rejects.toMatchObject(expected);
    expect([fake.count('list'), await store.list()]).toEqual([1, []]);
  });

  it('are told from a network without Google', async () => {
    const { fake, store } = await open();
    await fake.close();
    await expect(store.list()).rejects.toMatchObject({ code: 'STORE.UNREACHABLE' });
  });
});

describe('a folder in the trash', () => {
  it('is never replaced by a second one', async () => {
    const { fake, store } = await open();
    await store.put(name, sourceOf(content));
    fake.files.named('Holdfast Backups')[0]!.trashed = true;
    const other = rig.reopen().openStore();
    const ways = [
      () => other.put('x.json.gz', sourceOf(content)),
      () => other.list(),
      () => other.stat(name),
    ];
    for (const way of ways) {
      const { code, hint } = await failureOf(way());
      expect([code, hint]).toEqual([
        'STORE.SETTING',
        expect.stringContaining('drive.google.com/drive/trash'),
      ]);
    }
    expect(fake.files.all.size).toBe(2);
  });

  it('is noticed when it gets there during a run', async () => {
    const { fake, store } = await open();
    await store.put(name, sourceOf(content));
    fake.files.named('Holdfast Backups')[0]!.trashed = true;
    expect(await failureOf(store.put('x.json.gz', sourceOf(content)))).toMatchObject({
      code: 'STORE.SETTING',
    });
  });
});

describe('files with secrets', () => {
  it('are refused when others can read them', async () => {
    const { secrets, settings, fake } = await open();
    const { tokenPath } = settings.credentials as { tokenPath: string };
    for (const file of [tokenPath, path.join(secrets, 'client_secret.json')]) {
      chmodSync(file, 0o640);
      const { code, message, hint } = await failureOf(rig.reopen().openStore().list());
      expect([code, hint]).toEqual(['STORE.SETTING', `chmod 600 ${file}`]);
      expect(message).toContain('mode 0640, 0600 is needed');
      chmodSync(file, 0o600);
    }
    expect(fake.requests).toEqual([]);
  });

  it('leave the token with mode 0600, in a folder of mode 0700', async () => {
    const { settings } = await open();
    const { tokenPath } = settings.credentials as { tokenPath: string };
    expect(statSync(tokenPath).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(tokenPath)).mode & 0o777).toBe(0o700);
  });

  it.each([
    [
      'a client of the type Web application',
      'client_secret.json',
      '{"web":{"client_id":"x"}}',
      'Web application',
    ],
    ['a client file that is none', 'client_secret.json', '{}', 'not the JSON file of an OAuth client'],
    ['a client file that is no JSON', 'client_secret.json', 'canary', 'it is not JSON'],
    [
      'a token file that is none',
      'token/drive.json',
      '{"refreshToken":"canary"',
      'is no token of Google Drive',
    ],
  ])('are explained: %s', async (_what, file, text, told) => {
    const { secrets, store } = await open();
    writeFileSync(path.join(secrets, file), text);
    const { code, message } = await failureOf(store.list());
    expect([code, message]).toEqual(['STORE.SETTING', expect.stringContaining(told)]);
    expect(message).not.toContain('canary');
  });

  it('are explained when a key of a service account is none', async () => {
    const { secrets, store } = await open({ credentials: 'service account' });
    writeSecret(path.join(secrets, 'key.json'), { type: 'authorized_user' });
    expect((await failureOf(store.list())).message).toContain('not the JSON key of a service account');
  });

  it('are missed before a login, and after a change of the OAuth client', async () => {
    const { fake, settings, secrets } = await open({ isLoggedOut: true });
    expect(await failureOf(rig.store.list())).toMatchObject({
      code: 'STORE.AUTHENTICATION',
      hint: 'Run `holdfast drive login`',
    });
    await logIn(fake, settings);
    writeSecret(path.join(secrets, 'client_secret.json'), {
      installed: { client_id: 'other', client_secret: 'x' },
    });
    const { message } = await failureOf(
      openDrive(settings, { now: () => loginInstant })
        .openStore()
        .list(),
    );
    expect(message).toContain('the login was with another OAuth client');
  });

  it('never show in what is said of any failure', async () => {
    const { fake, store } = await open();
    const seen: string[] = [];
    const kinds: readonly RequestKind[] = [
      'token',
      'list',
      'about',
      'ids',
      'create',
      'session',
      'chunk',
      'question',
    ];
    for (const on of kinds) {
      for (const status of [400, 403, 503]) {
        const echo = fake.requests
          .map((request) => `${request.path} ${JSON.stringify(request.headers)}`)
          .join(' ');
        fake.clearFaults();
        fake.script({
          on,
          does: 'answer',
          status,
          body: driveErrorBody(status, 'x', echo.slice(-250)),
          times: 20,
        });
        const error = await rig
          .reopen()
          .openStore()
          .put(name, sourceOf(large))
          .catch((thrown: unknown) => thrown);
        if (error instanceof Error) seen.push(inspectAll(error));
        await store.delete(name).catch(() => undefined);
      }
    }
    expect(seen.length).toBeGreaterThan(15);
    expect(seen.filter((text) => text.includes('canary'))).toEqual([]);
  });
});

/** Everything that any logger could show of an error. */
function inspectAll(error: Error): string {
  const parts = [error.message, error.stack, JSON.stringify(error), (error as { hint?: string }).hint];
  return [...parts, error.cause instanceof Error ? inspectAll(error.cause) : String(error.cause)].join('\n');
}
