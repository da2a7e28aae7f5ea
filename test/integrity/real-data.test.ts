import { describe, expect, it } from 'vitest';
import {
  loadMysqlChinook,
  loadPagila,
  loadPostgresChinook,
  loadSqliteChinook,
  missingData,
} from '../e2e/real-data/load.ts';
import { openMysqlRig } from '../e2e/rigs/mysql-rig.ts';
import { openPostgresRig } from '../e2e/rigs/postgres-rig.ts';
import type { Rig } from '../e2e/rigs/rig.ts';
import { openSqliteRig } from '../e2e/rigs/sqlite-rig.ts';
import { documentOf } from '../support/cli.ts';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';

const skipped = missingData === null ? '' : ` [not run: ${missingData}]`;

describe.skipIf(missingData !== null)(`databases that others made${skipped}`, () => {
  it('are sound on SQLite: the music shop', async () => {
    const rig = openSqliteRig();
    await loadSqliteChinook(rig);
    await expectSound(rig, 20);
  });

  describeEngine(postgresServer, 'on PostgreSQL', (url) => {
    it.each([
      ['the music shop', loadPostgresChinook, 20],
      ['the film rental', loadPagila, 40],
    ] as const)('are sound: %s', async (_name, load, checks) => {
      const rig = await openPostgresRig(url);
      try {
        await load(rig);
        await expectSound(rig, checks);
      } finally {
        await rig.drop();
      }
    });
  });

  describeEngine(mysqlServer, 'on MariaDB', (url) => {
    it('are sound: the music shop', async () => {
      const rig = await openMysqlRig(url);
      try {
        await loadMysqlChinook(rig);
        await expectSound(rig, 20);
      } finally {
        await rig.drop();
      }
    });
  });
});

/** Live; there is no schema of Prisma, so what the database declares is checked. */
async function expectSound(rig: Rig, atLeast: number): Promise<void> {
  const document = documentOf(await rig.run('validate', 'data', '--json'));
  const { counts, findings } = document as { counts: { checks: number }; findings: object[] };
  expect(findings).toEqual([]);
  expect(counts.checks).toBeGreaterThanOrEqual(atLeast);
}
