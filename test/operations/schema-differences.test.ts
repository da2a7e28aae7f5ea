import { afterEach, expect, it } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { restore } from '../../src/operations/restore.ts';
import { undo } from '../../src/operations/undo.ts';
import { type AppDatabase, type AppEngine, appEngines } from '../support/operations/database.ts';
import { folderState } from '../support/operations/folder-state.ts';
import { refusal } from '../support/operations/refusal.ts';
import { backupOf, restoreOf, undoOf } from '../support/operations/requests.ts';
import { openDamagedShop, openShop } from '../support/operations/shop.ts';

interface Change {
  readonly what: string;
  readonly statements: readonly string[];
  /** What the list of differences says. */
  readonly says: string;
}

/** Makes the table of visits anew, with these columns. */
function visits(columns: string): string[] {
  return ['DROP TABLE visits', `CREATE TABLE visits (${columns})`];
}

function unsafeChanges({ dialect: { types, shownName } }: AppEngine): Change[] {
  const name = shownName('visits');
  return [
    {
      what: 'a missing table',
      statements: ['DROP TABLE visits'],
      says: `table ${name} is not in the database`,
    },
    {
      what: 'a lost column',
      statements: ['ALTER TABLE visits DROP COLUMN seconds'],
      says: `column ${name}.seconds is not in the database`,
    },
    {
      what: 'another type',
      statements: visits(`page ${types.text}, seconds ${types.text}`),
      says: `column ${name}.seconds was `,
    },
    {
      what: 'a column that the database computes now',
      statements: visits(`page ${types.text}, seconds ${types.int} GENERATED ALWAYS AS (1 + 1) STORED`),
      says: `column ${name}.seconds is computed by the database now`,
    },
    {
      what: 'a new column that needs a value',
      statements: visits(`page ${types.text}, seconds ${types.int}, visitor ${types.int} NOT NULL`),
      says: `column ${name}.visitor is not in the snapshot, and it needs a value in every row`,
    },
  ];
}

function safeChanges({ dialect: { types, shownName } }: AppEngine): Change[] {
  return [
    {
      what: 'a new column that may be null',
      statements: [`ALTER TABLE visits ADD COLUMN visitor ${types.int} NULL`],
      says: `column ${shownName('visits')}.visitor is not in the snapshot; it would get its default`,
    },
    {
      what: 'a new column with a default',
      statements: [`ALTER TABLE visits ADD COLUMN visitor ${types.int} NOT NULL DEFAULT 7`],
      says: `column ${shownName('visits')}.visitor is not in the snapshot; it would get its default`,
    },
    {
      what: 'a new table',
      statements: [`CREATE TABLE refunds (id ${types.int})`, 'INSERT INTO refunds VALUES (1)'],
      says: `table ${shownName('refunds')} is not in the snapshot; its rows would stay as they are`,
    },
  ];
}

for (const engine of appEngines) {
  engine.suite(`a restore onto a changed schema on ${engine.label}`, () => {
    const opened: AppDatabase[] = [];
    afterEach(async () => {
      for (const database of opened.splice(0)) await database.drop();
    });

    it.each(unsafeChanges(engine))(
      'refuses $what before the first write, with and without the flag',
      async (change) => {
        const { database, target, ports, folder } = await openDamagedShop(engine);
        opened.push(database);
        await database.run(...change.statements);
        const before = { digest: await database.digest(), folder: folderState(folder) };
        const request = restoreOf(target, { policy: 'replace', confirm: database.confirmName });
        for (const allowSchemaChanges of [false, true]) {
          const dry = await refusal(
            'RESTORE.SCHEMA',
            restore(ports, { ...request, allowSchemaChanges, dryRun: true }),
          );
          expect(folderState(folder)).toEqual(before.folder);
          const error = await refusal('RESTORE.SCHEMA', restore(ports, { ...request, allowSchemaChanges }));
          expect(error.message).toBe(dry.message);
          expect(error.message).toContain(change.says);
          expect(error.hint).toContain('prisma migrate');
        }
        expect(await database.digest()).toEqual(before.digest);
        expect(Object.keys(folderState(folder)).filter((name) => name.startsWith('safety'))).toEqual([]);
      },
    );

    it.each(safeChanges(engine))(
      'refuses $what, and restores with --allow-schema-changes',
      async (change) => {
        const { database, target, ports } = await openDamagedShop(engine);
        opened.push(database);
        await database.run(...change.statements);
        const before = await database.digest();
        const request = restoreOf(target, { policy: 'replace', confirm: database.confirmName });
        const error = await refusal('RESTORE.SCHEMA', restore(ports, request));
        expect(error.message).toContain(change.says);
        expect(error.hint).toContain('--allow-schema-changes');
        expect(await database.digest()).toEqual(before);
        const result = await restore(ports, { ...request, allowSchemaChanges: true });
        expect(result.warnings.join()).toContain(change.says);
        expect(await database.rows('SELECT page FROM visits ORDER BY page')).toEqual([
          ['/'],
          ['/'],
          ['/cart'],
        ]);
        await undo(ports, undoOf(target, { confirm: database.confirmName }));
        expect(await database.digest()).toEqual(before);
      },
    );

    it('counts a row as changed whose new column loses what it holds', async () => {
      const { types } = engine.dialect;
      const { database, target, ports } = await openShop(engine);
      opened.push(database);
      await backup(ports, backupOf(target));
      await database.run(
        `ALTER TABLE customers ADD COLUMN phone ${types.text} NULL`,
        "UPDATE customers SET phone = '555' WHERE id = 1",
      );
      const request = restoreOf(target, { allowSchemaChanges: true, confirm: database.confirmName });
      const merged = await restore(ports, { ...request, policy: 'overwrite' });
      expect(merged.tables[0]).toMatchObject({ name: 'customers', update: 0, unchanged: 3 });
      expect(await database.rows('SELECT phone FROM customers WHERE id = 1')).toEqual([['555']]);
      const dry = await restore(ports, { ...request, policy: 'replace', dryRun: true });
      expect(dry.tables[0]).toMatchObject({ name: 'customers', update: 1, unchanged: 2 });
      const real = await restore(ports, { ...request, policy: 'replace' });
      expect(real.tables).toEqual(dry.tables);
      expect(await database.rows('SELECT phone FROM customers WHERE id = 1')).toEqual([[null]]);
    });

    it.each(['replace', 'overwrite', 'skip'] as const)(
      'foretells and does a restore with a new foreign key and a new unique column: %s',
      async (policy) => {
        const { database, target, ports } = await openDamagedShop(engine);
        opened.push(database);
        await database.run(
          `ALTER TABLE orders ADD COLUMN referrer ${engine.dialect.types.int} NULL REFERENCES customers (id)`,
          'CREATE UNIQUE INDEX orders_referrer ON orders (referrer)',
          'UPDATE orders SET referrer = 4 WHERE id = 1',
        );
        const before = await database.digest();
        const request = restoreOf(target, {
          policy,
          allowSchemaChanges: true,
          confirm: database.confirmName,
        });
        const dry = await restore(ports, { ...request, dryRun: true });
        const real = await restore(ports, request);
        expect(real.tables).toEqual(dry.tables);
        const rows = await database.rows('SELECT id, referrer FROM orders WHERE id IN (1, 3) ORDER BY id');
        const referrer = policy === 'replace' ? '' : '4';
        expect(rows.map((row) => row.join())).toEqual([`1,${referrer}`, '3,']);
        await undo(ports, undoOf(target, { confirm: database.confirmName }));
        expect(await database.digest()).toEqual(before);
      },
    );

    it('says how to go back when the schema has changed since the restore', async () => {
      const { database, target, ports, bad } = await openDamagedShop(engine);
      opened.push(database);
      const confirm = database.confirmName;
      const { safety } = await restore(ports, restoreOf(target, { policy: 'replace', confirm }));
      await database.run(`ALTER TABLE visits ADD COLUMN visitor ${engine.dialect.types.int} NULL`);
      const error = await refusal('RESTORE.SCHEMA', undo(ports, undoOf(target, { confirm })));
      const command = /holdfast restore (\S+) --clear-existing --allow-schema-changes/.exec(error.hint!);
      expect(safety!.path).toContain(`/${command![1]}.json.gz`);
      const reference = command![1]!;
      await restore(
        ports,
        restoreOf(target, { reference, policy: 'replace', allowSchemaChanges: true, confirm }),
      );
      await database.run('ALTER TABLE visits DROP COLUMN visitor');
      expect((await database.digest())['customers']).toBe(bad['customers']);
      expect(await database.rows('SELECT page FROM visits')).toEqual([['/'], ['/'], ['/']]);
    });
  });
}
