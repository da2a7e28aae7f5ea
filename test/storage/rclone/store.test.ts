import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRcloneStore } from '../../../src/storage/rclone/store.ts';
import { ShopWithTargets } from '../../offsite/shop-with-targets.ts';
import { type FileServer, hasRclone, obscure, rcloneSettings, serveFiles } from '../../support/rclone.ts';
import { digestSqlite, makeTempFolder } from '../../support/sqlite.ts';
import { describeStore, type StoreBench } from '../../support/store-contract.ts';
import { someBytes, sourceOf } from '../../support/upload-source.ts';

if (!hasRclone() && process.env['CI'] !== undefined) throw new Error('apt-get install rclone');

function bench(remote: string, folder: string, config = ''): StoreBench {
  return {
    store: openRcloneStore({ name: 'office', settings: rcloneSettings(remote, config) }),
    largeBytes: 300_000,
    manyObjects: 2,
    async plantForeign() {
      const file = path.join(folder, 'notes.txt');
      writeFileSync(file, 'x');
      return async () => existsSync(file);
    },
    close: async () => undefined,
  };
}

describe.skipIf(!hasRclone())('rclone (needs: apt-get install rclone)', () => {
  describeStore('a local remote', async () => {
    const folder = makeTempFolder();
    return bench(`${folder}/new`, folder);
  });

  describe('over WebDAV, encrypted by rclone', () => {
    let server: FileServer;
    beforeAll(async () => {
      server = await serveFiles('webdav');
    });
    afterAll(() => server?.close());

    it('keeps, reads and removes a file, and the server sees neither name nor content', async () => {
      const secret = `${server.config}\n[secret]\ntype = crypt\nremote = remote:shop\npassword = ${obscure('a')}\n`;
      const store = openRcloneStore({ name: 'office', settings: rcloneSettings('secret:', secret) });
      const content = someBytes(100_000);
      await store.put('a.json.gz', sourceOf(content));
      expect(await store.put('a.json.gz', sourceOf(content))).toMatchObject({ bytes: 100_000 });
      await expect(store.put('a.json.gz', sourceOf(someBytes(9)))).rejects.toMatchObject({
        code: 'STORE.EXISTS',
      });
      const files = readdirSync(path.join(server.folder, 'shop'));
      expect(files).toHaveLength(1);
      expect(files[0]).not.toContain('json');
      await store.delete('a.json.gz');
      expect(readdirSync(path.join(server.folder, 'shop'))).toEqual([]);
    });

    it.each([
      [
        'a wrong password',
        () => server.config.replace(/pass = .*/, `pass = ${obscure('no')}`),
        'STORE.AUTHENTICATION',
      ],
      [
        'a server that is not there',
        () => server.config.replace(/url = .*/, 'url = http://127.0.0.1:1'),
        'STORE.UNREACHABLE',
      ],
      ['a remote that is not configured', () => '', 'STORE.SETTING'],
    ])('explains %s', async (_what, config, code) => {
      const store = openRcloneStore({ name: 'office', settings: rcloneSettings('remote:', config()) });
      await expect(store.list()).rejects.toMatchObject({ code });
    });
  });
});

it.skipIf(!hasRclone())('gives back an empty database what was lost', async () => {
  const shop = new ShopWithTargets();
  shop.setTargets({ office: { kind: 'rclone', remote: `${makeTempFolder()}/shop`, allowUnencrypted: true } });
  shop.env = { ...shop.env, PATH: '/usr/bin:/bin' };
  shop.change('DROP VIEW stock');
  expect((await shop.run('backup', 'one')).exitCode).toBe(0);
  const before = digestSqlite(shop.file);
  rmSync(shop.backups, { recursive: true });
  rmSync(shop.file);
  new Database(shop.file).close();
  expect((await shop.run('restore', 'office:latest', '--create-schema')).exitCode).toBe(0);
  expect(digestSqlite(shop.file)).toEqual(before);
});

it('says what to install when rclone is not there', async () => {
  const settings = { ...rcloneSettings('x:'), program: 'no-such-rclone' };
  const failed = openRcloneStore({ name: 'office', settings }).list();
  await expect(failed).rejects.toMatchObject({
    code: 'STORE.SETTING',
    hint: expect.stringContaining('apt-get install rclone'),
  });
});
