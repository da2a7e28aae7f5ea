import { afterEach, expect, it } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { restore } from '../../src/operations/restore.ts';
import type { RestoreRequest } from '../../src/operations/restoring/request.ts';
import { type AppDatabase, appEngines } from '../support/operations/database.ts';
import { refusal } from '../support/operations/refusal.ts';
import { backupOf, portsFor, restoreOf } from '../support/operations/requests.ts';
import { makeTempFolder } from '../support/sqlite.ts';

interface Told {
  readonly failures: readonly string[];
  /** Insert, update, delete, unchanged, skipped by table; of the tables in which anything happens. */
  readonly effects: Readonly<Record<string, readonly number[]>>;
}

for (const engine of appEngines) {
  engine.suite(`the plan of a restore on ${engine.label}`, () => {
    const { types, autoKey, prepare, withoutForeignKeys } = engine.dialect;
    const [off, on] = withoutForeignKeys;
    const opened: AppDatabase[] = [];
    afterEach(async () => {
      for (const database of opened.splice(0)) await database.drop();
    });

    /** Backs up after `rows`, then runs `edits`. */
    async function prepareCase(rows: readonly string[], edits: readonly string[]) {
      const database = await engine.create('plan');
      opened.push(database);
      await database.run(...prepare, ...rows);
      const ports = portsFor(makeTempFolder());
      await backup(ports, backupOf(database.target));
      await database.run(...edits);
      return { database, ports };
    }

    /** What the dry run says; and the real run must do just that, or refuse and change nothing. */
    async function tell(
      { database, ports }: Awaited<ReturnType<typeof prepareCase>>,
      more: Partial<RestoreRequest>,
    ): Promise<Told & { readonly warnings: readonly string[]; readonly newer: readonly (number | null)[] }> {
      const request = restoreOf(database.target, { ...more, confirm: database.confirmName });
      const before = await database.digest();
      const dry = await restore(ports, { ...request, dryRun: true });
      expect(await database.digest()).toEqual(before);
      let { warnings } = dry;
      if (dry.ok) {
        const real = await restore(ports, request);
        expect(real.tables).toEqual(dry.tables);
        warnings = real.warnings;
      } else {
        const isOrphans = dry.failures[0]!.kind === 'foreign key';
        const error = await refusal(
          isOrphans ? 'RESTORE.ORPHANS' : 'RESTORE.CONFLICT',
          restore(ports, request),
        );
        expect(error.message).toContain(dry.failures[0]!.message);
        expect(await database.digest()).toEqual(before);
      }
      const effects = dry.tables.map(
        (table) =>
          [table.name, [table.insert, table.update, table.delete, table.unchanged, table.skipped]] as const,
      );
      return {
        failures: dry.failures.map(
          ({ kind, rows, table }) => `${rows} ${kind} ${table.replace('public.', '')}`,
        ),
        effects: Object.fromEntries(effects),
        warnings,
        newer: dry.tables.map(({ newer }) => newer),
      };
    }

    const people = [
      `CREATE TABLE people (id ${types.int} PRIMARY KEY, email ${types.text}, name ${types.text}, UNIQUE (email))`,
      "INSERT INTO people VALUES (1, 'a@x', 'Ann'), (2, 'b@x', 'Bob'), (3, NULL, 'Cleo')",
    ];

    it('sees a new row that holds the unique value of a lost one', async () => {
      const taken = ['DELETE FROM people WHERE id = 1', "INSERT INTO people VALUES (9, 'a@x', 'Zoe')"];
      const told = (policy: RestoreRequest['policy']) =>
        prepareCase(people, taken).then((ready) => tell(ready, { policy }));
      expect(await told('fail')).toMatchObject({ failures: ['1 unique people'] });
      expect(await told('overwrite')).toMatchObject({ failures: ['1 unique people'] });
      expect(await told('skip')).toMatchObject({ failures: [], effects: { people: [0, 0, 0, 2, 1] } });
      expect(await told('replace')).toMatchObject({ failures: [], effects: { people: [1, 0, 1, 2, 0] } });
    });

    it('sees a unique value that a row which stays has taken over from one that is overwritten', async () => {
      const moved = [
        "UPDATE people SET email = 'c@x' WHERE id = 1",
        "INSERT INTO people VALUES (9, 'a@x', 'Zoe')",
      ];
      const ready = await prepareCase(people, moved);
      expect(await tell(ready, { policy: 'overwrite' })).toMatchObject({ failures: ['1 unique people'] });
      expect(await tell(ready, { policy: 'skip' })).toMatchObject({ effects: { people: [0, 0, 0, 2, 1] } });
    });

    it('lets present rows exchange their unique values', async () => {
      const swapped = [
        'UPDATE people SET email = NULL WHERE id = 1',
        "UPDATE people SET email = 'a@x' WHERE id = 2",
        "UPDATE people SET email = 'b@x' WHERE id = 1",
      ];
      const ready = await prepareCase(people, swapped);
      expect(await tell(ready, { policy: 'fail' })).toMatchObject({ failures: ['2 conflict people'] });
      expect(await tell(ready, { policy: 'overwrite' })).toMatchObject({
        failures: [],
        effects: { people: [0, 2, 0, 1, 0] },
      });
      expect(await ready.database.rows('SELECT email FROM people WHERE id < 3 ORDER BY id')).toEqual([
        ['a@x'],
        ['b@x'],
      ]);
    });

    it('takes keys for the same that differ only in case, where the database does', async () => {
      const tags = [
        `CREATE TABLE tags (tag ${types.ci} NOT NULL PRIMARY KEY, uses ${types.int})`,
        "INSERT INTO tags VALUES ('New', 1), ('old', 2)",
      ];
      const renamed = [
        "UPDATE tags SET tag = 'NEW' WHERE tag = 'new'",
        "INSERT INTO tags VALUES ('more', 3)",
      ];
      const ready = await prepareCase(tags, renamed);
      expect(await tell(ready, { policy: 'fail' })).toMatchObject({ failures: ['1 conflict tags'] });
      expect(await tell(ready, { policy: 'skip' })).toMatchObject({ effects: { tags: [0, 0, 0, 1, 1] } });
      expect(await tell(ready, { policy: 'overwrite' })).toMatchObject({
        effects: { tags: [0, 1, 0, 1, 0] },
      });
      expect(await ready.database.rows('SELECT tag FROM tags ORDER BY uses')).toEqual([
        ['New'],
        ['old'],
        ['more'],
      ]);
    });

    const family = [
      `CREATE TABLE parents (id ${types.int} PRIMARY KEY)`,
      `CREATE TABLE children (id ${types.int} PRIMARY KEY, parent_id ${types.int}, FOREIGN KEY (parent_id) REFERENCES parents (id))`,
      'INSERT INTO parents VALUES (1), (2)',
      'INSERT INTO children VALUES (1, 1), (2, 2), (3, NULL)',
    ];
    const only = (name: string) => ({ selection: { only: [name], exclude: [] } });

    it('sees children that would lose their parent when only the parents are restored', async () => {
      const grown = ['INSERT INTO parents VALUES (3)', 'INSERT INTO children VALUES (4, 3), (5, 3)'];
      const ready = await prepareCase(family, grown);
      const told = await tell(ready, { policy: 'replace', ...only('parents') });
      expect(told.failures).toEqual(['2 foreign key children']);
      expect(await tell(ready, { policy: 'replace' })).toMatchObject({
        failures: [],
        effects: { parents: [0, 0, 1, 2, 0], children: [0, 0, 2, 3, 0] },
      });
    });

    it('sees children that would come back without their parent when only they are restored', async () => {
      const shrunk = ['DELETE FROM children WHERE parent_id = 2', 'DELETE FROM parents WHERE id = 2'];
      const ready = await prepareCase(family, shrunk);
      for (const policy of ['replace', 'fail', 'skip', 'overwrite'] as const) {
        const told = await tell(ready, { policy, ...only('children') });
        expect(told.failures).toEqual(['1 foreign key children']);
      }
      expect(await tell(ready, { policy: 'skip' })).toMatchObject({ failures: [] });
    });

    it('keeps and reports orphans that the snapshot holds itself, whichever tables are chosen', async () => {
      const orphan = [...family, off, 'INSERT INTO children VALUES (9, 77)', on];
      for (const more of [{}, only('children')]) {
        const ready = await prepareCase(orphan, ['DELETE FROM children']);
        const told = await tell(ready, { policy: 'replace', ...more });
        expect(told.failures).toEqual([]);
        expect(told.warnings.join()).toMatch(
          /1 rows of (?:public\.)?children point to rows of (?:public\.)?parents that are not there/,
        );
        expect(await ready.database.rows('SELECT 1 FROM children WHERE parent_id = 77')).toHaveLength(1);
      }
    });

    it('keeps orphans that were there before, and adds none', async () => {
      const ready = await prepareCase(family, [
        off,
        'INSERT INTO children VALUES (9, 77)',
        on,
        'DELETE FROM children WHERE id = 1',
      ]);
      const told = await tell(ready, { policy: 'skip' });
      expect(told).toMatchObject({ failures: [], effects: { children: [1, 0, 0, 2, 0] } });
      expect(told.warnings.join()).toContain('point to rows of');
    });

    it('counts rows that are newer than the snapshot by their times, or by their ids', async () => {
      const rows = [
        `CREATE TABLE notes (id ${autoKey}, text ${types.text})`,
        `CREATE TABLE posts (id ${types.int} PRIMARY KEY, updated_at ${types.time})`,
        `CREATE TABLE plain (id ${types.int} PRIMARY KEY)`,
        "INSERT INTO notes (text) VALUES ('one'), ('two')",
        "INSERT INTO posts VALUES (1, '2025-01-01 00:00:00'), (2, '2025-02-01 00:00:00')",
        'INSERT INTO plain VALUES (1)',
      ];
      const edits = [
        "INSERT INTO notes (text) VALUES ('three'), ('four')",
        "UPDATE notes SET text = 'changed' WHERE id = 1",
        "UPDATE posts SET updated_at = '2025-07-01 00:00:00' WHERE id = 1",
        "INSERT INTO posts VALUES (3, '2024-01-01 00:00:00')",
        'INSERT INTO plain VALUES (2)',
      ];
      const ready = await prepareCase(rows, edits);
      const told = await tell(ready, { policy: 'replace' });
      expect(told.effects).toEqual({
        notes: [0, 1, 2, 1, 0],
        plain: [0, 0, 1, 1, 0],
        posts: [0, 1, 1, 1, 0],
      });
      expect(told.newer).toEqual([2, null, 1]);
    });

    it('takes equal rows without a key for as many as there are', async () => {
      const rows = [`CREATE TABLE log (line ${types.text})`, "INSERT INTO log VALUES ('a'), ('a'), ('b')"];
      const edits = ["DELETE FROM log WHERE line = 'b'", "INSERT INTO log VALUES ('a'), ('c')"];
      const told = (policy: RestoreRequest['policy']) =>
        prepareCase(rows, edits).then((ready) => tell(ready, { policy }));
      for (const policy of ['fail', 'skip', 'overwrite'] as const) {
        expect(await told(policy)).toMatchObject({ failures: [], effects: { log: [1, 0, 0, 2, 0] } });
      }
      expect(await told('replace')).toMatchObject({ effects: { log: [1, 0, 2, 2, 0] } });
    });

    it('sees NULL in a column that requires a value now', async () => {
      const table = `CREATE TABLE people (id ${types.int} PRIMARY KEY, name ${types.text} NULL)`;
      const rows = [table, "INSERT INTO people VALUES (1, 'Ann'), (2, NULL), (3, NULL)"];
      const edits = [
        'DROP TABLE people',
        table.replace(' NULL)', ' NOT NULL)'),
        "INSERT INTO people VALUES (1, 'Ann')",
      ];
      const ready = await prepareCase(rows, edits);
      expect((await tell(ready, { policy: 'replace' })).failures).toEqual(['2 not null people']);
    });
  });
}
