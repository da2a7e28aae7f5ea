import { afterAll, describe, expect, it } from 'vitest';
import { documentOf } from '../support/cli.ts';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';
import { damageChinook, damagePagila, damagePostgresChinook } from './real-data/damage.ts';
import {
  loadMysqlChinook,
  loadPagila,
  loadPostgresChinook,
  loadSqliteChinook,
  missingData,
} from './real-data/load.ts';
import { openMysqlRig } from './rigs/mysql-rig.ts';
import { openPostgresRig } from './rigs/postgres-rig.ts';
import { mustRun, type Rig } from './rigs/rig.ts';
import { openSqliteRig } from './rigs/sqlite-rig.ts';

interface Counts {
  readonly tables: number;
  readonly insert: number;
  readonly update: number;
  readonly delete: number;
  readonly unchanged: number;
}

/** Half a minute on an idle machine. */
const timeoutMs = 300_000;
const printed: string[] = [];
const skipped = missingData === null ? '' : ` [not run: ${missingData}]`;

afterAll(() => {
  process.stdout.write(printed.map((line) => `${line}\n`).join(''));
});

describe.skipIf(missingData !== null)(`databases that others made, on SQLite${skipped}`, () => {
  it(
    'brings the music shop back, and the damaged one on undo',
    async () => {
      const rig = openSqliteRig();
      await loadSqliteChinook(rig);
      await goThere({ name: 'chinook', rig, damage: damageChinook, rows: 15_607, tables: 11 });
    },
    timeoutMs,
  );
});

describe.skipIf(missingData !== null)(`databases that others made, on servers${skipped}`, () => {
  describeEngine(postgresServer, 'owned by a role of PostgreSQL without superuser rights', (url) => {
    it(
      'brings the music shop back, and the damaged one on undo',
      async () => {
        const rig = await openPostgresRig(url);
        try {
          await loadPostgresChinook(rig);
          await goThere({ name: 'chinook', rig, damage: damagePostgresChinook, rows: 15_607, tables: 11 });
        } finally {
          await rig.drop();
        }
      },
      timeoutMs,
    );

    it(
      'brings the film rental shop back, and the damaged one on undo',
      async () => {
        const rig = await openPostgresRig(url);
        try {
          await loadPagila(rig);
          await goThere({ name: 'pagila', rig, damage: damagePagila, rows: 49_636, tables: 15 });
        } finally {
          await rig.drop();
        }
      },
      timeoutMs,
    );
  });

  describeEngine(mysqlServer, 'used by an account of MariaDB with rights on its database only', (url) => {
    it(
      'brings the music shop back, and the damaged one on undo',
      async () => {
        const rig = await openMysqlRig(url);
        try {
          await loadMysqlChinook(rig);
          await goThere({ name: 'chinook', rig, damage: damageChinook, rows: 15_607, tables: 11 });
        } finally {
          await rig.drop();
        }
      },
      timeoutMs,
    );
  });
});

interface Journey {
  readonly name: string;
  readonly rig: Rig;
  readonly damage: readonly string[];
  readonly rows: number;
  readonly tables: number;
}

/** Backup, damage, restore, undo, undo again; each state compared by the database's own means. */
async function goThere({ name, rig, damage, rows, tables }: Journey): Promise<void> {
  const original = await rig.digest();
  const { snapshot } = documentOf(await mustRun(rig, 'backup', '--json')) as {
    snapshot: { rows: number; tables: object[] };
  };
  expect({ rows: snapshot.rows, tables: snapshot.tables.length }).toEqual({ rows, tables });

  await rig.execute(...damage);
  const damaged = await rig.digest();
  const untouched = Object.keys(original).filter(
    (entry) =>
      original[entry] === damaged[entry] &&
      /^(table |public\.\w+$)/.test(entry) &&
      !/(_seq| statement)$/.test(entry),
  );
  expect(untouched).toEqual([]);

  const consent = ['--confirm', rig.confirmName, '--json'];
  const restored = await mustRun(rig, 'restore', 'latest', '--clear-existing', ...consent);
  expect(await rig.digest()).toEqual(original);
  const undone = await mustRun(rig, 'undo', ...consent);
  expect(await rig.digest()).toEqual(damaged);
  await mustRun(rig, 'undo', ...consent);
  expect(await rig.digest()).toEqual(damaged);
  await mustRun(rig, 'restore', 'latest', '--clear-existing', ...consent);
  expect(await rig.digest()).toEqual(original);

  const [there, back] = [countsOf(documentOf(restored)), countsOf(documentOf(undone))];
  expect({ ...back }).toEqual({ ...there, insert: there.delete, delete: there.insert });
  expect(there.insert + there.update + there.unchanged).toBe(rows);
  printed.push(
    `${name} on ${rig.engine}: ${rows} rows; restore ${format(there)}; undo ${format(back)}; all digests equal`,
  );
}

function countsOf(document: object): Counts {
  const { tables } = document as { tables: Omit<Counts, 'tables'>[] };
  const sum = (field: 'insert' | 'update' | 'delete' | 'unchanged'): number =>
    tables.reduce((total, table) => total + table[field], 0);
  return {
    tables: tables.length,
    insert: sum('insert'),
    update: sum('update'),
    delete: sum('delete'),
    unchanged: sum('unchanged'),
  };
}

function format({ insert, update, delete: deleted, unchanged }: Counts): string {
  return `${insert} inserted, ${update} updated, ${deleted} deleted, ${unchanged} unchanged`;
}
