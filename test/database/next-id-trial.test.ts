import { expect, it } from 'vitest';
import { postgresEngine } from '../../src/database/postgres/engine.ts';
import { describeEngine, postgresServer } from '../support/engines.ts';
import { createDatabase, postgresTarget, runningPostgres } from '../support/postgres.ts';

/** On the other engines a counter is never behind the rows: they raise it themselves. */
describeEngine(postgresServer, 'a new row on trial', () => {
  it.each([
    ['is written where the next id is free', 'SELECT 1', 'written'],
    ['is refused where the next id is that of another row', `SELECT setval('items_id_seq', 1)`, 'refused'],
    [
      'is refused where the next id is that of the first row',
      `SELECT setval('items_id_seq', 1, false)`,
      'refused',
    ],
    ['is not needed where there is no row', 'TRUNCATE items CASCADE', 'empty'],
  ])('%s', async (_title, statement, outcome) => {
    const database = await createDatabase(await runningPostgres());
    try {
      await database.run(
        'CREATE TABLE items (id serial PRIMARY KEY, name text NOT NULL UNIQUE CHECK (name <> $$$$))',
        'CREATE TABLE parts (item_id int NOT NULL REFERENCES items (id))',
        `INSERT INTO items (name) VALUES ('a'), ('b'), ('c')`,
        'INSERT INTO parts VALUES (1), (2), (3)',
        statement,
      );
      const opened = await postgresEngine.open(postgresTarget(database.url), { lockTimeoutMs: 1000 });
      const before = await database.client.query('SELECT * FROM items, parts ORDER BY 1, 3');
      const trials = await opened.tryNextIds([{ table: { schema: 'public', name: 'items' }, column: 'id' }]);
      await opened.close();
      expect(trials.map((trial) => trial.outcome)).toEqual([outcome]);
      // Everything is taken back, the foreign key too.
      expect((await database.client.query('SELECT * FROM items, parts ORDER BY 1, 3')).rows).toEqual(
        before.rows,
      );
      await expect(database.run('INSERT INTO parts VALUES (99)')).rejects.toThrow(/foreign key/);
    } finally {
      await database.drop();
    }
  });
});
