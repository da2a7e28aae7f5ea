import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { listSnapshots } from '../../src/operations/list-snapshots.ts';
import { restore } from '../../src/operations/restore.ts';
import { undo } from '../../src/operations/undo.ts';
import { type AppDatabase, appEngines } from '../support/operations/database.ts';
import { folderState } from '../support/operations/folder-state.ts';
import { refusal } from '../support/operations/refusal.ts';
import { backupOf, restoreOf, undoOf } from '../support/operations/requests.ts';
import { openDamagedShop, openShop, shopDamage } from '../support/operations/shop.ts';

for (const engine of appEngines) {
  engine.suite(`restore on ${engine.label}`, () => {
    const opened: AppDatabase[] = [];
    const keep = <T extends { readonly database: AppDatabase }>(shop: T): T => {
      opened.push(shop.database);
      return shop;
    };
    afterEach(async () => {
      for (const database of opened.splice(0)) await database.drop();
    });

    it('brings every table back with --clear-existing, and the counters', async () => {
      const { database, target, ports, good } = keep(await openDamagedShop(engine));
      const result = await restore(
        ports,
        restoreOf(target, { policy: 'replace', confirm: database.confirmName }),
      );
      expect(await database.digest()).toEqual(good);
      expect(result).toMatchObject({ ok: true, dryRun: false, requiresRestart: true, warnings: [] });
      expect(
        result.tables.map(({ name, insert, update, delete: gone, unchanged }) => [
          name,
          insert,
          update,
          gone,
          unchanged,
        ]),
      ).toEqual([
        ['customers', 1, 1, 1, 1],
        ['orders', 1, 0, 1, 2],
        ['visits', 1, 0, 1, 2],
      ]);
      await database.run("INSERT INTO customers (email, name) VALUES ('eve@example.com', 'Eve')");
      expect(
        (await database.rows("SELECT CAST(id AS CHAR(9)) FROM customers WHERE name = 'Eve'"))[0]![0]!.trim(),
      ).toBe('4');
    });

    it('asks for consent, and changes nothing without it', async () => {
      const { database, target, ports, folder, bad } = keep(await openDamagedShop(engine));
      const before = folderState(folder);
      const request = restoreOf(target, { policy: 'replace' });
      const error = await refusal('RESTORE.CONSENT', restore(ports, request));
      expect(error.hint).toContain(`--confirm ${database.confirmName}`);
      const wrong = await refusal('RESTORE.CONSENT', restore(ports, { ...request, confirm: 'yes' }));
      expect(wrong.message).toContain('"yes" is not its name');
      const typed = { ...request, askConsent: async () => `${database.confirmName} ` };
      await refusal('RESTORE.CONSENT', restore(ports, typed));
      expect(await database.digest()).toEqual(bad);
      expect(withoutLock(folderState(folder))).toEqual(withoutLock(before));
    });

    it('shows the plan when it asks, and takes the name that is typed', async () => {
      const { database, target, ports, good } = keep(await openDamagedShop(engine));
      const asked: unknown[] = [];
      const askConsent = async (question: { readonly tables: readonly unknown[] }): Promise<string> => {
        asked.push(question.tables.length);
        return database.confirmName;
      };
      await restore(ports, restoreOf(target, { policy: 'replace', askConsent }));
      expect(asked).toEqual([3]);
      expect(await database.digest()).toEqual(good);
    });

    it('takes no safety snapshot with --no-safety, for which consent is needed too', async () => {
      const { database, target, ports, folder, bad, good } = keep(await openDamagedShop(engine));
      const request = restoreOf(target, { policy: 'replace', safety: false });
      await refusal('RESTORE.CONSENT', restore(ports, request));
      expect(await database.digest()).toEqual(bad);
      const result = await restore(ports, { ...request, confirm: database.confirmName });
      expect(result.safety).toBeNull();
      expect(await database.digest()).toEqual(good);
      expect(readdirSync(folder).filter((name) => name.startsWith('safety-'))).toEqual([]);
      await refusal(
        'RESTORE.NOTHING_TO_UNDO',
        undo(ports, undoOf(target, { confirm: database.confirmName })),
      );
    });

    it('goes back to the damaged state with undo, every time it is asked to', async () => {
      const { database, target, ports, bad, good } = keep(await openDamagedShop(engine));
      const options = undoOf(target, { confirm: database.confirmName });
      await restore(ports, restoreOf(target, { policy: 'replace', confirm: database.confirmName }));
      expect(await database.digest()).toEqual(good);
      const dry = await undo(ports, { ...options, dryRun: true });
      const first = await undo(ports, options);
      expect(first.tables).toEqual(dry.tables);
      expect(await database.digest()).toEqual(bad);
      await database.run('DELETE FROM visits');
      await undo(ports, options);
      expect(await database.digest()).toEqual(bad);
      const { snapshots } = await listSnapshots(ports);
      expect(snapshots.map(({ purpose }) => purpose)).toEqual(['safety', 'safety', 'safety', 'backup']);
      expect(snapshots.every(({ verified }) => verified !== null)).toBe(true);
    });

    it('goes back to before the last restore where the record of it is lost', async () => {
      const { database, target, ports, good } = keep(await openDamagedShop(engine));
      const request = restoreOf(target, { policy: 'replace', confirm: database.confirmName });
      await restore(ports, request);
      await database.run('DELETE FROM visits');
      const second = await database.digest();
      await restore(ports, request);
      expect(await database.digest()).toEqual(good);
      await ports.folder.removeLastRestore();
      await undo(ports, undoOf(target, { confirm: database.confirmName }));
      expect(await database.digest()).toEqual(second);
    });

    it('undoes only the tables that a partial restore has changed', async () => {
      const { database, target, ports } = keep(await openDamagedShop(engine));
      const selection = { only: ['visits'], exclude: [] };
      const confirm = database.confirmName;
      await restore(ports, restoreOf(target, { policy: 'replace', selection, confirm }));
      await database.run("UPDATE customers SET name = 'written since' WHERE id = 1");
      const { tables } = await undo(ports, undoOf(target, { confirm }));
      expect(tables.map(({ name, insert, delete: gone }) => [name, insert, gone])).toEqual([
        ['visits', 1, 1],
      ]);
      expect(await database.rows('SELECT name FROM customers WHERE id = 1')).toEqual([['written since']]);
    });

    it('fills a database whose tables are empty without consent and without a safety snapshot', async () => {
      const { ports, good } = keep(await openDamagedShop(engine));
      const other = keep(await openShop(engine, { rows: [], name: 'empty' }));
      const result = await restore(ports, restoreOf(other.target));
      expect(await other.database.digest()).toEqual(good);
      expect(result.safety).toBeNull();
      const error = await refusal(
        'RESTORE.NOTHING_TO_UNDO',
        undo(ports, undoOf(other.target, { confirm: other.database.confirmName })),
      );
      expect(error.message).toContain('its database was empty');
    });

    it('takes a database that holds nothing but migrations for empty, and replaces their rows', async () => {
      const migrations =
        'CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, migration_name varchar(255) NOT NULL)';
      const shop = keep(await openShop(engine));
      await shop.database.run(
        migrations,
        "INSERT INTO _prisma_migrations VALUES ('1', 'init'), ('2', 'more')",
      );
      await backup(shop.ports, backupOf(shop.target));
      const good = await shop.database.digest();
      const other = keep(
        await openShop(engine, { rows: [migrations, "INSERT INTO _prisma_migrations VALUES ('9', 'init')"] }),
      );
      const request = restoreOf(other.target);
      const dry = await restore(shop.ports, { ...request, dryRun: true });
      expect(dry.tables.find(({ name }) => name === '_prisma_migrations')).toMatchObject({
        insert: 2,
        delete: 1,
      });
      const result = await restore(shop.ports, request);
      expect(result).toMatchObject({ safety: null, tables: dry.tables });
      expect(await other.database.digest()).toEqual(good);
    });

    it('leaves the migrations of a database that holds rows when rows are merged, and says so', async () => {
      const shop = keep(await openShop(engine));
      await shop.database.run(
        'CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, migration_name varchar(255) NOT NULL)',
        "INSERT INTO _prisma_migrations VALUES ('1', 'init')",
      );
      await backup(shop.ports, backupOf(shop.target));
      await shop.database.run("UPDATE _prisma_migrations SET migration_name = 'later'", 'DELETE FROM visits');
      const result = await restore(
        shop.ports,
        restoreOf(shop.target, { confirm: shop.database.confirmName }),
      );
      expect(result.warnings.join()).toContain('_prisma_migrations stays as it is');
      expect(await shop.database.rows('SELECT migration_name FROM _prisma_migrations')).toEqual([['later']]);
      expect(result.tables.map(({ name }) => name)).toEqual(['customers', 'orders', 'visits']);
    });

    it('says of a database without tables what to run, and makes them itself with --create-schema', async () => {
      const { ports, good } = keep(await openDamagedShop(engine));
      const database = await engine.create('new');
      opened.push(database);
      await database.run(...engine.dialect.prepare, 'CREATE TABLE gone (id int)', 'DROP TABLE gone');
      const empty = await database.digest();
      const error = await refusal('RESTORE.SCHEMA', restore(ports, restoreOf(database.target)));
      expect(error.hint).toContain('npx prisma migrate deploy');
      expect(error.hint).toContain('--create-schema');
      const request = restoreOf(database.target, { createSchema: true });
      const dry = await restore(ports, { ...request, dryRun: true });
      expect(await database.digest()).toEqual(empty);
      const result = await restore(ports, request);
      expect(await database.digest()).toEqual(good);
      expect(result.tables).toEqual(dry.tables);
      const again = await refusal('RESTORE.SCHEMA', restore(ports, request));
      expect(again.hint).toContain('Leave --create-schema out');
    });

    it('lets only one run work with a folder at a time', async () => {
      const { database, target, ports, bad } = keep(await openDamagedShop(engine));
      const lock = await ports.folder.lock();
      const confirm = database.confirmName;
      await refusal('RUN.LOCKED', restore(ports, restoreOf(target, { policy: 'replace', confirm })));
      await refusal('RUN.LOCKED', undo(ports, undoOf(target, { confirm })));
      await refusal('RUN.LOCKED', backup(ports, backupOf(target)));
      expect((await listSnapshots(ports)).snapshots).toHaveLength(1);
      expect((await restore(ports, restoreOf(target, { policy: 'replace', dryRun: true }))).ok).toBe(true);
      expect(await database.digest()).toEqual(bad);
      await lock.release();
      expect((await restore(ports, restoreOf(target, { policy: 'replace', confirm }))).ok).toBe(true);
    });

    it('refuses to back another database up into the folder, until it is adopted', async () => {
      const { ports, target } = keep(await openDamagedShop(engine));
      const other = keep(await openShop(engine, { name: 'other' }));
      const error = await refusal('FOLDER.OTHER_DATABASE', backup(ports, backupOf(other.target)));
      expect(error.hint).toContain('--adopt');
      expect((await listSnapshots(ports)).snapshots).toHaveLength(1);
      await backup(ports, backupOf(other.target, { adopt: true }));
      await backup(ports, backupOf(other.target));
      await refusal('FOLDER.OTHER_DATABASE', backup(ports, backupOf(target)));
    });

    it('keeps the safety snapshots of another target in a folder of their own', async () => {
      const { ports, folder, good, database } = keep(await openDamagedShop(engine));
      const other = keep(await openShop(engine, { name: 'other' }));
      await other.database.run(...shopDamage.slice(0, 2));
      const before = await other.database.digest();
      const confirm = other.database.confirmName;
      const result = await restore(ports, restoreOf(other.target, { policy: 'replace', confirm }));
      expect(await other.database.digest()).toEqual(good);
      expect(path.dirname(result.safety!.path)).toMatch(new RegExp(`^${folder}/other-[0-9a-f]{12}$`));
      expect((await listSnapshots(ports)).snapshots.map(({ purpose }) => purpose)).toEqual(['backup']);
      await refusal(
        'RESTORE.NOTHING_TO_UNDO',
        undo(ports, undoOf(database.target, { confirm: database.confirmName })),
      );
      await undo(ports, undoOf(other.target, { confirm }));
      expect(await other.database.digest()).toEqual(before);
    });
  });
}

function withoutLock(state: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => name !== '.holdfast.lock'));
}
