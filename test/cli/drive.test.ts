import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { filesOf } from '../support/cli.ts';
import { writeSecret } from '../support/drive-rig.ts';
import { FakeDrive } from '../support/fake-drive.ts';
import { makeTempFolder } from '../support/sqlite.ts';

let fake: FakeDrive;
let app: string;
let tokenPath: string;

beforeEach(async () => {
  fake = await FakeDrive.open();
  app = makeTempFolder();
  tokenPath = path.join(app, 'secrets', 'token.json');
  mkdirSync(path.join(app, 'secrets'));
  writeSecret(path.join(app, 'secrets/client_secret.json'), fake.accounts.clientFile());
  setTargets({
    drive: { kind: 'drive', clientFile: 'secrets/client_secret.json', tokenFile: 'secrets/token.json' },
  });
});
afterEach(() => fake.close());

function setTargets(targets: object): void {
  writeFileSync(path.join(app, 'holdfast.config.json'), JSON.stringify({ targets }));
}

interface DriveRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Person {
  /** What the person at the browser does with the address. */
  readonly browse?: (address: string, type: (line: string) => void) => Promise<void>;
  readonly env?: Record<string, string>;
}

async function drive(words: string, { browse, env = {} }: Person = {}): Promise<DriveRun> {
  const text = { stdout: '', stderr: '' };
  const stdin = browse === undefined ? Readable.from([]) : new PassThrough();
  let browsing: Promise<void> | null = null;
  const capture = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        text[name] += chunk.toString();
        const address = /^ {2}(http\S+)$/m.exec(text.stderr)?.[1];
        if (browse !== undefined && address !== undefined) {
          browsing ??= browse(address, (line) => (stdin as PassThrough).write(`${line}\n`));
        }
        done();
      },
    });
  const exitCode = await run(['drive', ...words.split(' ')], {
    ...{ stdout: capture('stdout'), stderr: capture('stderr'), stdin, isTerminal: false, cwd: app, env },
    driveEndpoints: { origin: fake.origin },
  });
  await browsing;
  return { exitCode, ...text };
}

/** A browser on this machine: it follows Google's redirect. */
async function follow(address: string): Promise<void> {
  const response = await fetch(address);
  expect(await response.text()).toContain('This window can be closed');
}

/** Where Google sends the browser; on another machine nothing answers there. */
async function redirectOf(address: string): Promise<string> {
  const response = await fetch(address, { redirect: 'manual' });
  return response.headers.get('location')!;
}

describe('holdfast drive login', () => {
  it('asks for nothing but its own files, and keeps the token for its owner alone', async () => {
    let asked = new URLSearchParams();
    const { exitCode, stdout } = await drive('login --json', {
      browse: async (address) => {
        asked = new URL(address).searchParams;
        await follow(address);
      },
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      ...{ command: 'drive login', ok: true, target: 'drive', account: 'joe@example.com' },
      ...{ tokenPath, expires: null },
    });
    expect(Object.fromEntries(asked)).toMatchObject({
      scope: 'https://www.googleapis.com/auth/drive.file',
      ...{ access_type: 'offline', prompt: 'consent', code_challenge_method: 'S256' },
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(statSync(tokenPath).mode & 0o777).toBe(0o600);
    expect(readFileSync(tokenPath, 'utf8')).toContain('1//canary-refresh');
  });

  it('takes what the browser of another machine shows, after a wrong paste too', async () => {
    const { exitCode, stderr, stdout } = await drive('login --no-browser', {
      browse: async (address, type) => {
        type('http://127.0.0.1:1/?state=of-another-login&code=4/abc');
        type(await redirectOf(address));
      },
    });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Logged in as joe@example.com')]);
    expect(stderr).toContain('this is not the answer of this login');
  });

  it('takes the bare code, too', async () => {
    const { exitCode } = await drive('login --no-browser', {
      browse: async (address, type) => type(new URL(await redirectOf(address)).searchParams.get('code')!),
    });
    expect([exitCode, existsSync(tokenPath)]).toEqual([0, true]);
  });

  it('hears no answer of another state, nor one that comes by another name', async () => {
    const { exitCode } = await drive('login', {
      browse: async (address) => {
        const back = new URL(await redirectOf(address));
        const forged = new URL(back);
        forged.searchParams.set('state', 'x'.repeat(43));
        expect((await fetch(forged)).status).toBe(404);
        const renamed = new URL(back);
        renamed.hostname = 'localhost';
        expect((await fetch(renamed)).status).toBe(404);
        expect((await fetch(back)).status).toBe(200);
      },
    });
    expect(exitCode).toBe(0);
  });

  it('says that the login of an application in testing ends', async () => {
    fake.accounts.isTesting = true;
    const { stdout } = await drive('login', { browse: follow });
    expect(stdout).toMatch(/Warning: the login ends on 20.*Publish it/);
    const status = await drive('status');
    expect(status.stdout).toMatch(/Warning: The login ends on .* \(in 6 days\)/);
  });

  it.each([
    [
      'the person refuses',
      () => {
        fake.accounts.refuses = true;
      },
      'STORE.AUTHENTICATION',
      'test users',
    ],
    [
      'the box beside Google Drive is not ticked',
      () => {
        fake.accounts.grantedScope = 'openid';
      },
      'STORE.PERMISSION',
      'tick the box',
    ],
    [
      'the secret of the client is wrong',
      () => {
        fake.accounts.tokenRefusal = { error: 'invalid_client' };
      },
      'STORE.AUTHENTICATION',
      'OAuth client',
    ],
  ])('fails and leaves no token when %s', async (_what, spoil, code, told) => {
    spoil();
    const { exitCode, stderr } = await drive('login', { browse: follow });
    expect([exitCode, existsSync(tokenPath)]).toEqual([2, false]);
    expect(stderr).toContain(`[${code}]`);
    expect(stderr).toContain(told);
  });

  it('takes the OAuth client from the environment', async () => {
    setTargets({
      office: {
        kind: 'drive',
        clientId: { env: 'GID' },
        clientSecret: { env: 'GSECRET' },
        tokenFile: tokenPath,
      },
    });
    const { clientId, clientSecret } = fake.accounts;
    const env = { GID: clientId, GSECRET: clientSecret };
    expect((await drive('login', { browse: follow, env })).exitCode).toBe(0);
    expect((await drive('login', { env: { GID: clientId } })).stderr).toContain('GSECRET, which is not set');
  });

  it('works without settings, with a token outside the application and its backups', async () => {
    writeFileSync(path.join(app, 'holdfast.config.json'), '{}');
    const env = {
      HOLDFAST_DRIVE_CLIENT_ID: fake.accounts.clientId,
      HOLDFAST_DRIVE_CLIENT_SECRET: fake.accounts.clientSecret,
      HOME: makeTempFolder(),
    };
    expect((await drive('login', { browse: follow, env })).exitCode).toBe(0);
    expect([...filesOf(env.HOME).keys()]).toEqual(['.config/holdfast/drive.token.json']);
    expect((await drive('test', { env })).exitCode).toBe(0);
  });

  it('is of no use for a service account', async () => {
    setTargets({
      drive: { kind: 'drive', serviceAccountFile: 'secrets/key.json', sharedDrive: '0ASharedDrive' },
    });
    expect((await drive('login')).stderr).toContain('[STORE.SETTING]');
  });
});

describe('holdfast drive test', () => {
  it('stores 1 KB, reads it back, and leaves nothing', async () => {
    await drive('login', { browse: follow });
    const { exitCode, stdout } = await drive('test --json');
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      0,
      { command: 'drive test', ok: true, bytes: 1024 },
    ]);
    expect([...fake.files.all.values()].map(({ name }) => name)).toEqual(['Holdfast Backups']);
  });

  it('fails when other bytes come back, and leaves nothing', async () => {
    await drive('login', { browse: follow });
    fake.script({ on: 'download', does: 'call', call: () => spoil() });
    const { exitCode, stderr } = await drive('test');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('[STORE.CHECKSUM]')]);
    expect(fake.files.all.size).toBe(1);
  });

  it('works with a service account and a shared drive', async () => {
    writeSecret(path.join(app, 'secrets/key.json'), fake.accounts.keyFile());
    fake.files.sharedDrives.set('0ASharedDrive', 'fileOrganizer');
    setTargets({
      drive: { kind: 'drive', serviceAccountFile: 'secrets/key.json', sharedDrive: '0ASharedDrive' },
    });
    expect((await drive('test')).exitCode).toBe(0);
    expect((await drive('status')).stdout).toContain('a shared drive, without a quota of its own');
  });
});

function spoil(): void {
  for (const { content } of fake.files.all.values()) if (content !== null) content[0]! ^= 1;
}

describe('holdfast drive status', () => {
  it('shows account, quota, folder and login', async () => {
    await drive('login', { browse: follow });
    const { stdout, exitCode } = await drive('status --json');
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        ...{
          command: 'drive status',
          ok: true,
          account: 'joe@example.com',
          credentials: 'person',
          folder: null,
        },
        quota: { limitBytes: 15_000_000_000, usedBytes: 0 },
        token: { expires: null },
        warnings: [expect.stringContaining('should the application still be in testing')],
      },
    ]);
    await drive('test');
    expect((await drive('status')).stdout).toMatch(/Holdfast Backups, 0 files: https:\/\/drive\.google\.com/);
  });

  it('warns when little room is left', async () => {
    await drive('login', { browse: follow });
    fake.files.add({ name: 'photos', content: Buffer.alloc(950) });
    fake.files.limitBytes = 1000;
    expect((await drive('status')).stdout).toContain('Only 50 B of 1.0 KB are free');
  });

  it('tells how to log in when nobody has', async () => {
    const { exitCode, stdout } = await drive('status --json');
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      2,
      {
        command: 'drive status',
        error: { code: 'STORE.AUTHENTICATION', hint: 'Run `holdfast drive login`' },
      },
    ]);
  });
});

describe('holdfast drive logout', () => {
  it('withdraws the token and deletes it; again it has nothing to do', async () => {
    await drive('login', { browse: follow });
    const { stdout } = await drive('logout --json');
    expect(JSON.parse(stdout)).toMatchObject({ wasLoggedIn: true, isRevoked: true });
    expect([existsSync(tokenPath), fake.accounts.liveRefreshTokens]).toEqual([false, 0]);
    expect((await drive('logout')).stdout).toContain('Nobody was logged in');
  });

  it('deletes the token also when Google cannot be asked', async () => {
    await drive('login', { browse: follow });
    fake.script({ on: 'revoke', does: 'answer', status: 503, times: 9 });
    expect((await drive('logout')).stdout).toContain('Google did not confirm');
    expect(existsSync(tokenPath)).toBe(false);
  });
});

describe('the target', () => {
  it.each([
    ['another kind', { s3: { kind: 's3' } }, '', 'names no target of the kind drive'],
    ['two of the kind', { a: { kind: 'drive' }, b: { kind: 'drive' } }, '', '--target a'],
    ['a name that is none', { a: { kind: 'drive' } }, ' --target c', "no target 'c'"],
    [
      'a service account without a shared drive',
      { drive: { kind: 'drive', serviceAccountFile: 'k' } },
      '',
      'no storage of its own',
    ],
    [
      'a login for a shared drive',
      { drive: { kind: 'drive', clientFile: 'c', sharedDrive: '0ASharedDrive' } },
      '',
      'goes with serviceAccountFile',
    ],
    [
      'both ways in',
      { drive: { kind: 'drive', clientFile: 'c', serviceAccountFile: 'k', sharedDrive: '0ASharedDrive' } },
      '',
      'not both',
    ],
    ['a folder that is none', { drive: { kind: 'drive', clientFile: 'c', folder: 7 } }, '', 'folder'],
    ['no OAuth client', { drive: { kind: 'drive' } }, '', 'HOLDFAST_DRIVE_CLIENT_ID, which is not set'],
  ])('is refused with advice: %s', async (_what, targets, words, told) => {
    setTargets(targets);
    const { exitCode, stderr } = await drive(`status${words}`);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(told)]);
    expect(stderr).toContain('[CONFIG.SETTING]');
    expect(fake.requests).toEqual([]);
  });
});

it('shows no secret in anything that it prints or leaves beside the token', async () => {
  const runs = [
    await drive('login --verbose', { browse: follow }),
    await drive('test --verbose'),
    await drive('status'),
  ];
  fake.accounts.endLogins();
  runs.push(await drive('test --verbose'), await drive('status --json'), await drive('logout --verbose'));
  const printed = runs.map(({ stdout, stderr }) => stdout + stderr).join('\n');
  expect(printed).toContain('[STORE.AUTHENTICATION]');
  expect(printed).not.toContain('canary');
  const left = [...filesOf(app)].filter(([, text]) => text.includes('canary')).map(([name]) => name);
  expect(left).toEqual(['secrets/client_secret.json']);
});
