import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { makeKeys } from '../support/age.ts';
import { documentOf, errorOf, leftovers } from '../support/cli.ts';
import { openHostileS3 } from '../support/hostile-s3.ts';
import { hasRclone, rcloneSettings } from '../support/rclone.ts';
import { digestSqlite, makeTempFolder } from '../support/sqlite.ts';
import { contentOf, ShopWithTargets } from './shop-with-targets.ts';

const [keys, otherKeys] = [await makeKeys(), await makeKeys()];

interface Place {
  readonly settings: object;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  async folder() {
    return { settings: { kind: 'folder', path: makeTempFolder() }, env: {}, close: async () => undefined };
  },
  async s3() {
    const bench = await openHostileS3();
    return {
      settings: { kind: 's3', bucket: 'bucket', endpoint: bench.server.endpoint },
      env: { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' },
      close: () => bench.close(),
    };
  },
  async rclone() {
    const remote = makeTempFolder();
    const { configFile } = rcloneSettings(remote);
    return {
      settings: { kind: 'rclone', remote, configFile },
      env: { PATH: '/usr/bin:/bin' },
      close: async () => undefined,
    };
  },
};

const kinds = Object.keys(places).filter((kind) => kind !== 'rclone' || hasRclone());

it.each(kinds)('an encrypted copy in %s comes back with its key, and with no other', async (kind) => {
  const shop = new ShopWithTargets();
  const place = await places[kind]!();
  shop.setTargets({ away: place.settings });
  shop.env = { ...shop.env, ...place.env, BACKUP_ENCRYPTION_RECIPIENT: keys.recipient };
  const identity = (name: string, text: string): string => {
    const file = path.join(shop.folder, name);
    writeFileSync(file, `${text}\n`, { mode: 0o600 });
    return file;
  };
  const [right, wrong] = [identity('right', keys.identity), identity('wrong', otherKeys.identity)];
  shop.change('DROP VIEW stock');
  await shop.backUp('one');
  const before = digestSqlite(shop.file);

  // With a key or without, it says what it has proved.
  for (const key of [[], ['--json']]) {
    const { exitCode, stdout } = await shop.run('verify-remote', ...key);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/stored bytes/)]);
  }

  const decoded = await shop.run('validate', 'backup', 'away:latest', '--identity', right, '--json');
  expect([decoded.exitCode, decoded.stdout]).toEqual([0, expect.stringContaining('"verifiedBy":"decoded"')]);

  rmSync(shop.backups, { recursive: true });
  rmSync(shop.file);
  new Database(shop.file).close();
  const restore = (...key: readonly string[]) =>
    shop.run('restore', 'away:latest', '--create-schema', '--json', ...key);
  for (const [key, code] of [
    [[], 'ENCRYPTION.IDENTITY_MISSING'],
    [['--identity', wrong], 'ENCRYPTION.WRONG_IDENTITY'],
  ] as const) {
    const refused = await restore(...key);
    expect([refused.exitCode, errorOf(refused).code]).toEqual([2, code]);
    expect(digestSqlite(shop.file)).toEqual({});
  }
  expect(leftovers(shop.backups)).toEqual([]);
  expect(Object.values(contentOf(shop.backups)).some((text) => text.includes('Anvil'))).toBe(false);
  const restored = await restore('--identity', right);
  expect([restored.exitCode, documentOf(restored)['ok']]).toEqual([0, true]);
  expect(digestSqlite(shop.file)).toEqual(before);
  await place.close();
});
