import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { restore } from '../../src/operations/restore.ts';
import { showSnapshot } from '../../src/operations/show-snapshot.ts';
import { validateBackup } from '../../src/operations/validate-backup.ts';
import type { StoredSnapshot } from '../../src/ports/backup-folder.ts';
import { runCli } from '../support/cli.ts';
import {
  type AppDatabase,
  mysqlApp,
  openSqliteApp,
  postgresApp,
  sqliteApp,
} from '../support/operations/database.ts';
import { refusal } from '../support/operations/refusal.ts';
import { backupOf, portsFor, restoreOf } from '../support/operations/requests.ts';
import { openDamagedShop, openShop, type Shop } from '../support/operations/shop.ts';
import { asUnprivileged } from '../support/operations/unprivileged.ts';
import { makeTempFolder } from '../support/sqlite.ts';

const opened: AppDatabase[] = [];
afterEach(async () => {
  for (const database of opened.splice(0)) await database.drop();
});

describe('a damaged SQLite file', () => {
  const damages = [
    { what: 'whose first bytes are gone', at: 0, says: 'is not a SQLite database' },
    { what: 'with a page of nonsense', at: 4096, says: 'malformed' },
  ];

  it.each(damages)('$what is saved as it is, and the hint leads back to the rows', async ({ at, says }) => {
    const shop = await openShop(sqliteApp);
    await shop.database.run('PRAGMA journal_mode = wal', "INSERT INTO visits VALUES ('/wal', 3)");
    const good = await shop.database.digest();
    await backup(shop.ports, backupOf(shop.target));
    await shop.database.drop();
    const file = shop.target.file!;
    spoilPage(file, at);
    const damaged = readFileSync(file);

    const request = restoreOf(shop.target, { policy: 'replace', confirm: path.basename(file) });
    const dry = await refusal('DATABASE.CORRUPT', restore(shop.ports, { ...request, dryRun: true }));
    expect(dry.message).toContain(says);
    const error = await refusal('DATABASE.CORRUPT', restore(shop.ports, request));
    const copy = /saved to ([^,]+)/.exec(error.message)![1]!;
    expect(path.dirname(copy)).toBe(shop.folder);
    expect(readFileSync(copy).equals(damaged)).toBe(true);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readFileSync(file).equals(damaged)).toBe(true);

    const [, moves, command] = /Move the damaged file away \((.+)\), then run: holdfast (.+)$/.exec(
      error.hint!,
    )!;
    execFileSync('sh', ['-c', moves!]);
    const env = { DATABASE_URL: shop.target.url, BACKUP_DIR: shop.folder };
    const result = await runCli(command!.split(' '), { cwd: path.dirname(file), env });
    expect(result).toMatchObject({ exitCode: 0 });
    const app = openSqliteApp(file);
    expect(await app.digest()).toEqual(good);
    await app.drop();
  });
});

/** Writes nonsense over one page, and over the tree that begins there. */
function spoilPage(file: string, at: number): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(1024, 0x5a), 0, 1024, at);
  closeSync(handle);
}

describe('a backup folder that cannot be written to', () => {
  it('stops a restore before anything is changed', async () => {
    const shop = await openDamagedShop(sqliteApp);
    opened.push(shop.database);
    const lock = await shop.ports.folder.lock();
    await lock.release();
    openToAll(shop);
    await asUnprivileged(async () => {
      const error = await refusal('FOLDER.NOT_WRITABLE', restore(shop.ports, replaceIn(shop)));
      expect(error.message).toContain(`Cannot write to the backup folder ${shop.folder}`);
    });
    expect(await shop.database.digest()).toEqual(shop.bad);
    chmodSync(shop.folder, 0o700);
    expect((await restore(shop.ports, replaceIn(shop))).ok).toBe(true);
  });

  it('is told from one that does not exist by the name of the folder', async () => {
    const shop = await openShop(sqliteApp);
    opened.push(shop.database);
    chmodSync(shop.folder, 0o555);
    await asUnprivileged(async () => {
      const error = await refusal('FOLDER.NOT_WRITABLE', backup(shop.ports, backupOf(shop.target)));
      expect(error.message).toContain(shop.folder);
    });
  });
});

/** Everybody may write the files, and nobody may make new ones in the backup folder. */
function openToAll({ folder, target }: Shop): void {
  execFileSync('chmod', ['-R', 'a+rwX', folder, path.dirname(target.file!)]);
  chmodSync(folder, 0o555);
}

function replaceIn({ database, target }: Shop) {
  return restoreOf(target, { policy: 'replace', confirm: database.confirmName });
}

for (const other of [postgresApp, mysqlApp]) {
  other.suite(`a snapshot of another provider on ${other.label}`, () => {
    it('is refused before the first write, in both directions', async () => {
      const here = await openDamagedShop(sqliteApp);
      opened.push(here.database);
      const there = await openDamagedShop(other);
      opened.push(there.database);
      for (const [from, to] of [
        [here, there],
        [there, here],
      ] as const) {
        const [snapshot] = await from.ports.folder.list();
        const request = { ...replaceIn(to), reference: snapshot!.path };
        for (const dryRun of [true, false]) {
          const error = await refusal('RESTORE.PROVIDER', restore(to.ports, { ...request, dryRun }));
          expect(error.message).toContain(`cannot be restored into ${to.target.provider}`);
        }
        expect(await to.database.digest()).toEqual(to.bad);
      }
    });
  });

  other.suite(`a label that an enumeration lost on ${other.label}`, () => {
    it('is named, and nothing is written', async () => {
      const database = await other.create('labels');
      opened.push(database);
      const isNamed = other === postgresApp;
      const type = (labels: string): string => (isNamed ? 'mood' : `enum(${labels})`);
      const create = (labels: string): string[] => [
        ...(isNamed ? [`CREATE TYPE mood AS ENUM (${labels})`] : []),
        `CREATE TABLE diary (id int PRIMARY KEY, mood ${type(labels)})`,
      ];
      await database.run(...create("'glad', 'sad'"), "INSERT INTO diary VALUES (1, 'sad')");
      const folder = makeTempFolder();
      const shop = { database, target: database.target, folder, ports: portsFor(folder) };
      const { snapshot } = await backup(shop.ports, backupOf(database.target));
      await database.run(
        'DROP TABLE diary',
        ...(isNamed ? ['DROP TYPE mood'] : []),
        ...create("'glad', 'mad'"),
      );
      const before = await database.digest();
      for (const allowSchemaChanges of [false, true]) {
        const request = { ...replaceIn(shop), reference: snapshot.path, allowSchemaChanges };
        const error = await refusal('RESTORE.SCHEMA', restore(shop.ports, request));
        expect(error.message).toMatch(/diary\.mood (?:no longer knows "sad"|was enum\('glad','sad'\))/);
      }
      expect(await database.digest()).toEqual(before);
    });
  });
}

describe('a snapshot in the folder', () => {
  it('is found by path, name, the beginning of its id and latest, and is validated and shown alike', async () => {
    const shop = await openDamagedShop(sqliteApp);
    opened.push(shop.database);
    const [{ path: filePath, name, sidecar }] = (await shop.ports.folder.list()) as [StoredSnapshot];
    const { id } = sidecar!;
    for (const reference of [filePath, name, `${name}.json.gz`, id, id.slice(0, 6), 'latest']) {
      const shown = await showSnapshot(shop.ports, reference);
      expect(shown.tables?.map(({ name, rows }) => [name, rows])).toEqual([
        ['customers', 3],
        ['orders', 3],
        ['visits', 3],
      ]);
      expect((await validateBackup(shop.ports, reference)).ok).toBe(true);
    }
    await refusal('SNAPSHOT.NOT_FOUND', showSnapshot(shop.ports, 'nothing-like-it'));
  });
});
