import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { restore } from '../../src/operations/restore.ts';
import { undo } from '../../src/operations/undo.ts';
import { type AppDatabase, appEngines, mysqlApp } from '../support/operations/database.ts';
import { killRestore } from '../support/operations/kill-restore.ts';
import { refusal } from '../support/operations/refusal.ts';
import { backupOf, portsFor, restoreOf, undoOf } from '../support/operations/requests.ts';
import { endOthers, openShop, type Shop, shopDamage } from '../support/operations/shop.ts';
import { interfere } from '../support/operations/spoiled-ports.ts';

/** A trigger that would change every row that is written, and write to another table. */
const triggers: Readonly<Record<string, readonly string[]>> = {
  SQLite: [
    `CREATE TRIGGER busy AFTER INSERT ON visits BEGIN
       UPDATE visits SET seconds = seconds + 100 WHERE rowid = new.rowid; INSERT INTO audit VALUES ('visit'); END`,
  ],
  PostgreSQL: [
    `CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN NEW.seconds := NEW.seconds + 100; INSERT INTO public.audit VALUES ('visit'); RETURN NEW; END $$`,
    'CREATE TRIGGER busy BEFORE INSERT ON visits FOR EACH ROW EXECUTE FUNCTION busy()',
  ],
  MariaDB: [
    `CREATE TRIGGER busy BEFORE INSERT ON visits FOR EACH ROW
       BEGIN SET NEW.seconds = NEW.seconds + 100; INSERT INTO audit VALUES ('visit'); END`,
  ],
};

for (const engine of appEngines) {
  engine.suite(`a restore over triggers on ${engine.label}`, () => {
    const opened: AppDatabase[] = [];
    afterEach(async () => {
      for (const database of opened.splice(0)) await database.drop();
    });
    const mustDrop = engine === mysqlApp;

    async function openBusyShop(): Promise<Shop & { readonly good: object; readonly bad: object }> {
      const shop = await openShop(engine);
      opened.push(shop.database);
      const audit = `CREATE TABLE audit (what ${engine.dialect.types.text})`;
      await shop.database.run(audit, ...triggers[engine.label]!);
      await backup(shop.ports, backupOf(shop.target));
      const good = await shop.database.digest();
      await shop.database.run(...shopDamage);
      return { ...shop, good, bad: await shop.database.digest() };
    }

    const isFiring = async ({ database }: Shop): Promise<boolean> => {
      await database.run('DELETE FROM audit', "INSERT INTO visits VALUES ('/fire', 1)");
      const rows = await database.rows("SELECT CAST(seconds AS CHAR(9)) FROM visits WHERE page = '/fire'");
      return rows[0]![0]!.trim() === '101' && (await database.rows('SELECT what FROM audit')).length === 1;
    };

    it('does not let them act on restored rows, and leaves them as they were', async () => {
      const shop = await openBusyShop();
      const confirm = shop.database.confirmName;
      const options = { policy: 'replace', confirm, dropTriggers: mustDrop } as const;
      await restore(shop.ports, restoreOf(shop.target, options));
      expect(await shop.database.digest()).toEqual(shop.good);
      await undo(shop.ports, undoOf(shop.target, { confirm, dropTriggers: mustDrop }));
      expect(await shop.database.digest()).toEqual(shop.bad);
      expect(await isFiring(shop)).toBe(true);
    });

    if (mustDrop)
      it('refuses to begin without --drop-triggers, in the dry run too', async () => {
        const shop = await openBusyShop();
        const request = restoreOf(shop.target, { policy: 'replace', confirm: shop.database.confirmName });
        for (const dryRun of [true, false]) {
          const error = await refusal('RESTORE.TRIGGERS', restore(shop.ports, { ...request, dryRun }));
          expect(error.message).toContain('busy on visits');
          expect(error.hint).toContain('--drop-triggers');
        }
        expect(await shop.database.digest()).toEqual(shop.bad);
        const selection = { only: ['customers'], exclude: [] };
        const dry = await restore(shop.ports, { ...request, selection, policy: 'overwrite', dryRun: true });
        expect(dry.ok).toBe(true);
      });

    if (mustDrop)
      it('puts them back when the server ends its session', async () => {
        const shop = await openBusyShop();
        const confirm = shop.database.confirmName;
        const ports = interfere(shop.ports, { afterLocks: () => endOthers(shop, engine) });
        const options = { policy: 'replace', confirm, dropTriggers: true } as const;
        await refusal('DATABASE.LOST', restore(ports, restoreOf(shop.target, options)));
        expect(await shop.database.digest()).toEqual(shop.bad);
        expect(await shop.ports.folder.readLastRestore()).toBeNull();
        expect(await isFiring(shop)).toBe(true);
      });

    it('leaves rows and triggers as they were when it is killed among the rows, or lets undo put them back', async () => {
      const shop = await openBusyShop();
      const { target, folder } = shop;
      const confirm = shop.database.confirmName;
      const request = { target, policy: 'replace', confirm, dropTriggers: mustDrop } as const;
      await killRestore({ folder, request, phase: 'restoring', item: engine.dialect.shownName('visits') });
      await settled(shop);
      expect(withoutCounters(await shop.database.digest())).toEqual(withoutCounters(shop.bad));
      const ports = portsFor(folder);
      if (mustDrop) {
        const error = await refusal('RESTORE.UNFINISHED', restore(ports, restoreOf(target, request)));
        expect(error.hint).toContain('holdfast undo');
        const result = await undo(ports, undoOf(target));
        expect(result.warnings.join()).toContain('what it had taken down was put back');
        expect(await ports.folder.readLastRestore()).toMatchObject({
          statements: [],
          finished: expect.stringMatching(/^2025/),
        });
      }
      expect(withoutCounters(await shop.database.digest())).toEqual(withoutCounters(shop.bad));
      expect((await restore(ports, restoreOf(target, request))).ok).toBe(true);
      expect(await shop.database.digest()).toEqual(shop.good);
      expect(await isFiring(shop)).toBe(true);
    });

    it('leaves a new database without tables when it is killed while it fills them', async () => {
      const shop = await openBusyShop();
      const database = await engine.create('new');
      opened.push(database);
      const { folder } = shop;
      const request = { target: database.target, createSchema: true };
      await database.run(...engine.dialect.prepare, 'CREATE TABLE gone (id int)', 'DROP TABLE gone');
      await killRestore({ folder, request, phase: 'restoring', item: engine.dialect.shownName('visits') });
      await settled({ ...shop, database });
      const ports = portsFor(folder);
      if (mustDrop) {
        await refusal('RESTORE.UNFINISHED', restore(ports, restoreOf(database.target, request)));
        const error = await refusal('RESTORE.NOTHING_TO_UNDO', undo(ports, undoOf(database.target)));
        expect(error.message).toContain('was put right');
      }
      expect(Object.keys(await database.digest())).toEqual([]);
      await restore(ports, restoreOf(database.target, request));
      expect((await database.digest())['visits'] ?? (await database.digest())['public.visits']).toBe(
        (shop.good as Record<string, string>)[engine.dialect.shownName('visits')],
      );
    });
  });
}

/** Servers see the end of a killed client a moment later. */
async function settled({ database }: Pick<Shop, 'database'>): Promise<void> {
  await sleep(200);
  await database.digest();
}

/** MariaDB does not take back what numbers itself. */
function withoutCounters(digest: object): object {
  return Object.fromEntries(
    Object.entries(digest).map(([name, text]) => [name, String(text).replace(/, next id \w+$/, '')]),
  );
}
