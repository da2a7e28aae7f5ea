import { afterAll, beforeAll, expect, it } from 'vitest';
import { mysqlSeeded, postgresSeeded, sqliteSeeded } from '../support/integrity/dialects.ts';
import { prepareSeeded } from '../support/integrity/find-seeded.ts';
import { type SeededDialect, SeededShop, sortFindings, soundRows } from '../support/integrity/seeded.ts';
import {
  type AppDatabase,
  type AppEngine,
  mysqlApp,
  postgresApp,
  sqliteApp,
} from '../support/operations/database.ts';

const engines: readonly (readonly [AppEngine, SeededDialect])[] = [
  [sqliteApp, sqliteSeeded],
  [postgresApp, postgresSeeded],
  [mysqlApp, mysqlSeeded],
];

for (const [engine, dialect] of engines) {
  engine.suite(`validate data on ${engine.label}`, () => {
    let database: AppDatabase;
    let shop: SeededShop;
    const own = dialect.damage.filter(({ statements }) => statements !== null);

    beforeAll(async () => {
      database = await engine.create('integrity');
      await database.run(...prepareSeeded(dialect), ...dialect.tables, ...soundRows);
      shop = new SeededShop(database, dialect);
    });
    afterAll(() => database.drop());

    it('finds nothing in sound data, nor in its snapshot', async () => {
      const snapshot = await shop.backUp();
      expect(await shop.findings()).toEqual([]);
      expect(await shop.findings(snapshot)).toEqual([]);
    });

    it('finds each kind of damage with its model, field and count, and nothing else', async () => {
      for (const { statements } of own) await database.run(...statements!);
      const expected = own.filter(({ kind }) => !kind.startsWith('drift')).flatMap((one) => one.expected);
      const found = (await shop.findings()).filter(({ check }) => check !== 'schema-drift');
      expect(found).toEqual(sortFindings(expected));
    });

    it('finds the same in a snapshot of the damaged data, without the database', async () => {
      const snapshot = await shop.backUp('damaged');
      const expected = own
        .filter(({ kind, isLiveOnly }) => !kind.startsWith('drift') && isLiveOnly !== true)
        .flatMap((one) => one.expected);
      const found = (await shop.findings(snapshot)).filter(({ check }) => check !== 'schema-drift');
      expect(found).toEqual(sortFindings(expected));
    });

    it('finds the drift that the damage has brought', async () => {
      const found = await shop.findings('--check', 'schema-drift');
      expect(found).toContainEqual({ check: 'schema-drift', model: 'Customer', field: 'nick', count: 1 });
    });
  });
}
