import { expect, it } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { restore } from '../../src/operations/restore.ts';
import { mysqlApp, postgresApp, sqliteApp } from '../support/operations/database.ts';
import { refusal } from '../support/operations/refusal.ts';
import { backupOf, portsFor, restoreOf } from '../support/operations/requests.ts';
import { makeTempFolder } from '../support/sqlite.ts';

const oneActive = [
  'CREATE TABLE tags (tag varchar(20) PRIMARY KEY NOT NULL, uses int)',
  'CREATE UNIQUE INDEX tags_active ON tags (uses) WHERE uses > 0',
];
const foldedTags = (type: string): string[] => [
  `CREATE TABLE tags (tag ${type} NOT NULL PRIMARY KEY, uses int)`,
];

/**
 * Holdfast plans with a model of each database's rules: of collations, and of unique indexes over whole columns and
 * all rows. Where a database has other rules the dry run cannot know, and the real run must take everything back.
 */
const unknownRules = [
  {
    engine: postgresApp,
    options: "TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'",
    what: 'does not take É for é, in the locale C',
    tables: foldedTags(postgresApp.dialect.types.ci),
    saved: 'É',
    present: 'é',
    code: 'RESTORE.CHECK',
  },
  {
    engine: mysqlApp,
    options: '',
    what: 'takes ß for ss',
    tables: foldedTags(mysqlApp.dialect.types.ci),
    saved: 'straße',
    present: 'strasse',
    code: 'RESTORE.ROW',
  },
  ...[sqliteApp, postgresApp].map((engine) => ({
    engine,
    options: '',
    what: 'has a unique index over some rows only',
    tables: oneActive,
    saved: 'old',
    present: 'new',
    code: 'RESTORE.ROW' as const,
  })),
] as const;

for (const { engine, options, what, tables, saved, present, code } of unknownRules) {
  engine.suite(`a restore into a database on ${engine.label} that ${what}`, () => {
    it('refuses rather than to do something else than was planned', async () => {
      const database = await engine.create('rules', options);
      try {
        await database.run(...engine.dialect.prepare, ...tables, `INSERT INTO tags VALUES ('${saved}', 1)`);
        const ports = portsFor(makeTempFolder());
        await backup(ports, backupOf(database.target));
        await database.run('DELETE FROM tags', `INSERT INTO tags VALUES ('${present}', 1)`);
        const before = await database.digest();
        const request = restoreOf(database.target, { policy: 'overwrite', confirm: database.confirmName });
        expect((await restore(ports, { ...request, dryRun: true })).ok).toBe(true);
        await refusal(code, restore(ports, request));
        expect(await database.digest()).toEqual(before);
        expect((await restore(ports, { ...request, policy: 'replace' })).ok).toBe(true);
        expect(await database.rows('SELECT tag FROM tags')).toEqual([[saved]]);
      } finally {
        await database.drop();
      }
    });
  });
}
