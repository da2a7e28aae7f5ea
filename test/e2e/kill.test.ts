import { afterAll, describe, expect, it } from 'vitest';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';
import { describePoint, fewPoints } from './kill/kill-point.ts';
import { killRestore } from './kill/kill-restore.ts';
import { killNaiveRestore } from './kill/naive.ts';
import { type OpenScene, openMysqlScene, openPostgresScene, openSqliteScene } from './kill/scenes.ts';

const lines = 6000;
const minutes = 60_000;

afterAll(() => {
  for (const line of printed) process.stdout.write(`${line}\n`);
});

const printed: string[] = [];

/** `npx tsx test/campaigns/kill.ts` does the same at more points, over more rows. */
function killEverywhere(label: string, open: () => Promise<OpenScene>): void {
  it(
    'leaves the database as it was, or restored, and the next restore succeeds',
    async () => {
      const scene = await open();
      try {
        for (const point of fewPoints) {
          const result = await killRestore(scene, point);
          const { written, state, areIdsFree, next, leftovers } = result;
          printed.push(
            `${label}, killed ${describePoint(point)}: ${written.rows} of ${scene.totalRows} rows in (${written.evidence}): ${state}`,
          );
          expect({ point, isFirstWriteDone: written.isFirstWriteDone }).toEqual({
            point,
            isFirstWriteDone: point.at !== 'begin',
          });
          if (point.at === 'commit') expect(written.rows).toBe(scene.totalRows);
          expect({ point, state }).toEqual({ point, state: point.at === 'committed' ? 'after' : 'before' });
          expect(areIdsFree).toBe(true);
          expect(next).toEqual({ exitCode: 0, state: 'after' });
          expect(leftovers).toEqual([]);
        }
        const naive = await killNaiveRestore(scene);
        printed.push(`${label}, control without a transaction, killed at ${naive.rows} rows: ${naive.state}`);
        expect(naive.state).toBe('neither');
      } finally {
        await scene.close();
      }
    },
    5 * minutes,
  );
}

describe('a restore into SQLite that is killed', () => {
  describe('with a rollback journal', () =>
    killEverywhere('SQLite', () => openSqliteScene(lines, { wal: false })));
  describe('with a write-ahead log', () =>
    killEverywhere('SQLite (WAL)', () => openSqliteScene(lines, { wal: true })));
});

describeEngine(postgresServer, 'a restore into PostgreSQL that is killed', (url) =>
  killEverywhere('PostgreSQL', () => openPostgresScene(lines, url)),
);

describeEngine(mysqlServer, 'a restore into MariaDB that is killed', (url) =>
  killEverywhere('MariaDB', () => openMysqlScene(lines, url)),
);
