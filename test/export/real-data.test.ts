import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createDemoDatabase } from '../../prisma/demo/database.ts';
import {
  loadMysqlChinook,
  loadPagila,
  loadPostgresChinook,
  loadSqliteChinook,
  missingData,
} from '../e2e/real-data/load.ts';
import { openMysqlRig } from '../e2e/rigs/mysql-rig.ts';
import { openPostgresRig } from '../e2e/rigs/postgres-rig.ts';
import { mustRun, type Rig } from '../e2e/rigs/rig.ts';
import { openSqliteRig } from '../e2e/rigs/sqlite-rig.ts';
import { documentOf } from '../support/cli.ts';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';
import { mustLoad } from '../support/export/native-client.ts';

const timeoutMs = 300_000;
const printed: string[] = [];
const skipped = missingData === null ? '' : ` [not run: ${missingData}]`;

afterAll(() => {
  process.stdout.write(printed.map((line) => `${line}\n`).join(''));
});

interface Journey<Kind extends Rig> {
  readonly name: string;
  readonly provider: 'sqlite' | 'postgresql' | 'mysql';
  readonly open: () => Promise<Kind>;
  readonly load: (rig: Kind) => Promise<void>;
  readonly rows: number;
  /** Changes one value of what was loaded. */
  readonly control: string;
}

/** Exports the one database, and loads that into another one with its native client. */
async function goThere<Kind extends Rig & { readonly file?: string }>(journey: Journey<Kind>): Promise<void> {
  const { name, provider, open, load, rows } = journey;
  const [source, second] = [await open(), await open()];
  try {
    await load(source);
    await mustRun(source, 'backup');
    const started = performance.now();
    const exported = documentOf(await mustRun(source, 'export-sql', 'latest', '-o', 'out.sql', '--json'));
    const exportMs = performance.now() - started;
    expect(exported).toMatchObject({ rows });
    const target = { provider, url: second.url, file: second.file ?? null };
    await mustLoad(target, path.join(source.folder, 'out.sql'), { cwd: second.folder });
    const expected = await source.digest();
    expect(Object.keys(expected).length).toBeGreaterThan(10);
    expect(await second.digest()).toEqual(expected);
    // The control: one value less is another digest.
    await second.execute(journey.control);
    expect(await second.digest()).not.toEqual(expected);
    printed.push(
      `${name} on ${source.engine}: ${rows} rows as SQL in ${exportMs.toFixed(0)} ms, loaded and equal`,
    );
  } finally {
    await source.drop();
    await second.drop();
  }
}

it('loads the demo shop into SQLite as it was', { timeout: timeoutMs }, () =>
  goThere({
    name: 'demo',
    provider: 'sqlite',
    open: async () => openSqliteRig(),
    async load(rig) {
      rmSync(rig.file);
      createDemoDatabase(rig.file, 5000);
    },
    rows: 5002,
    control: `UPDATE products SET name = name || '.' WHERE id = (SELECT min(id) FROM products)`,
  }),
);

describe.skipIf(missingData !== null)(`databases that others made${skipped}`, () => {
  it('loads the music shop into SQLite as it was', { timeout: timeoutMs }, () =>
    goThere({
      ...{ name: 'chinook', provider: 'sqlite', load: loadSqliteChinook, rows: 15_607 },
      open: async () => openSqliteRig(),
      control: `UPDATE Track SET Composer = '' WHERE TrackId = 63`,
    }),
  );

  describeEngine(postgresServer, 'on PostgreSQL, without superuser rights', (url) => {
    it('loads the music shop as it was', { timeout: timeoutMs }, () =>
      goThere({
        ...{ name: 'chinook', provider: 'postgresql', load: loadPostgresChinook, rows: 15_607 },
        open: () => openPostgresRig(url),
        control: `UPDATE track SET composer = '' WHERE track_id = 63`,
      }),
    );

    it('loads the film rental shop as it was', { timeout: timeoutMs }, () =>
      goThere({
        ...{ name: 'pagila', provider: 'postgresql', load: loadPagila, rows: 49_636 },
        open: () => openPostgresRig(url),
        control: `UPDATE film SET length = 1 WHERE film_id = 1`,
      }),
    );
  });

  describeEngine(mysqlServer, 'on MariaDB', (url) => {
    it('loads the music shop as it was', { timeout: timeoutMs }, () =>
      goThere({
        ...{ name: 'chinook', provider: 'mysql', load: loadMysqlChinook, rows: 15_607 },
        open: () => openMysqlRig(url),
        control: `UPDATE Track SET Composer = '' WHERE TrackId = 63`,
      }),
    );
  });
});
