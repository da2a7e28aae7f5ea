import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Environment } from '../../src/config/environment.ts';
import { readTargets } from '../../src/config/targets.ts';
import { defaultPolicy } from '../../src/retention/policy.ts';
import { makeTempFolder } from '../support/sqlite.ts';

const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'canary' };

function read(value: unknown, variables: Readonly<Record<string, string>> = keys, folder = '/app') {
  return readTargets({
    targets: { value, path: 'holdfast.config.json', folder },
    environment: new Environment(variables),
    policy: defaultPolicy,
    policyFaults: [],
  });
}

async function reasonOf(target: unknown, variables?: Readonly<Record<string, string>>): Promise<string> {
  const [read1] = await read({ disk: target }, variables);
  return read1?.store.kind === 'unusable' ? read1.store.reason : 'usable';
}

const s3 = { kind: 's3', bucket: 'shop-backups' };

describe('targets in the settings file', () => {
  it('take what they do not say from the backup folder', async () => {
    const [target] = await read({
      disk: { kind: 'folder', path: 'copies', retention: { days: 7, maxCount: 3 } },
    });
    expect(target).toMatchObject({
      ...{ name: 'disk', required: false, allowsPlain: true, isPlainMeant: false, policyFaults: [] },
      policy: { ...defaultPolicy, daily: { days: 7 }, maxCount: 3 },
      store: { kind: 'folder', path: '/app/copies' },
    });
  });

  it('take what is not encrypted only where it is said, but for folders', async () => {
    const kinds = {
      folder: { kind: 'folder', path: 'copies' },
      s3,
      drive: { kind: 'drive', clientFile: 'client.json' },
      rclone: { kind: 'rclone', remote: 'office:shop' },
    };
    const allowed = async (more: object) =>
      Promise.all(
        Object.values(kinds).map(
          async (target) => (await read({ it: { ...target, ...more } }))[0]!.allowsPlain,
        ),
      );
    expect(await allowed({})).toEqual([true, false, false, false]);
    expect(await allowed({ allowUnencrypted: true })).toEqual([true, true, true, true]);
    expect(await allowed({ allowUnencrypted: false })).toEqual([false, false, false, false]);
  });

  it('find Amazon by the region, and other servers by the endpoint', async () => {
    const [amazon, other] = await read({
      amazon: { ...s3, region: 'eu-central-1', prefix: '/shop/' },
      other: { ...s3, endpoint: 'https://s3.example.com', maxBytesPerSecond: '2MB' },
    });
    expect(amazon!.store).toMatchObject({
      ...{
        endpoint: 'https://s3.eu-central-1.amazonaws.com',
        isPathStyle: false,
        hasChecksumHeaders: true,
        prefix: 'shop/',
      },
      credentials: { accessKeyId: 'key', secretAccessKey: 'canary', sessionToken: null },
    });
    expect(other).toMatchObject({
      limits: { maxBytesPerSecond: 2_000_000 },
      store: { endpoint: 'https://s3.example.com', isPathStyle: true, hasChecksumHeaders: false },
    });
  });

  it('give rclone nothing of the application', async () => {
    const [target] = await read(
      { office: { kind: 'rclone', remote: 'office:shop' } },
      { ...keys, PATH: '/bin', DATABASE_URL: 'x', RCLONE_CONFIG_PASS: 'p' },
    );
    expect(target!.store).toMatchObject({ environment: { PATH: '/bin', RCLONE_CONFIG_PASS: 'p' } });
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown kind', { kind: 'floppy' }, /kind is one of folder, s3, rclone/],
    ['an unknown key', { kind: 'folder', path: 'x', size: 1 }, /size/],
    ['a secret in the file', { ...s3, secretKey: 'canary' }, /secret, so it is not written here/],
    ['http without leave', { ...s3, endpoint: 'http://s3.example.com' }, /everyone on the way/],
    [
      'an address with a password',
      { ...s3, endpoint: 'https://u:canary@s3.example.com' },
      /without user and password/,
    ],
    ['an address with a path', { ...s3, endpoint: 'https://s3.example.com/bucket' }, /has no path/],
    ['too small parts', { ...s3, partSize: 1000 }, /5 MiB/],
    ['a flag as remote', { kind: 'rclone', remote: '--config=x' }, /remote/],
    ['nothing', null, /kind is one of/],
  ])('are unusable with %s, and say why without a secret', async (_what, target, reason) => {
    expect(await reasonOf(target)).toMatch(reason);
    expect(await reasonOf(target)).not.toContain('canary');
  });

  it('name the variable that is missing', async () => {
    expect(await reasonOf(s3, {})).toMatch(/AWS_ACCESS_KEY_ID, which is not set/);
  });

  it('count as required when nobody knows what was meant', async () => {
    expect(await read({ disk: { kind: 'floppy' } })).toMatchObject([{ name: 'disk', required: true }]);
    expect(await read({ 'a b': { kind: 'folder', path: 'x' } })).toMatchObject([
      { store: { kind: 'unusable' } },
    ]);
    expect(await read(['x'])).toMatchObject([{ store: { kind: 'unusable' } }]);
  });

  it('read a secret from a file that only its owner can read', async () => {
    const folder = makeTempFolder();
    const file = path.join(folder, 'secret');
    writeFileSync(file, 'canary\n', { mode: 0o600 });
    const target = { ...s3, secretKey: { file: 'secret' } };
    const [good] = await read({ one: target }, keys, folder);
    expect(good).toBeDefined();
    expect((await read({ disk: target }, keys, folder))[0]!.store).toMatchObject({
      credentials: { secretAccessKey: 'canary' },
    });
    chmodSync(file, 0o640);
    const [loose] = await read({ disk: target }, keys, folder);
    expect(loose!.store).toMatchObject({ kind: 'unusable', reason: expect.stringContaining('chmod 600') });
  });
});
