import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createDemoDatabase } from '../../prisma/demo/database.ts';
import type { DrillResult } from '../../src/operations/drilling/request.ts';
import { documentOf } from '../support/cli.ts';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';
import {
  type DrillRig,
  openMysqlDrillRig,
  openPostgresDrillRig,
  openSqliteDrillRig,
} from './drill/drill-rigs.ts';
import {
  loadMysqlChinook,
  loadPagila,
  loadPostgresChinook,
  loadSqliteChinook,
  missingData,
} from './real-data/load.ts';
import { mustRun, type Rig } from './rigs/rig.ts';

const timeoutMs = 300_000;
const printed: string[] = [];
const skipped = missingData === null ? '' : ` [not run: ${missingData}]`;

afterAll(() => {
  process.stdout.write(printed.map((line) => `${line}\n`).join(''));
});

interface Journey<Kind extends DrillRig> {
  readonly name: string;
  readonly open: () => Promise<Kind>;
  readonly load: (rig: Kind['rig']) => Promise<void>;
  readonly kind: 'file' | 'database' | 'schema';
  readonly rows: number;
  /** Tables that the database numbers and that hold rows. */
  readonly numbered: number;
  readonly backup?: readonly string[];
}

/** Backs the database up, drills the snapshot, and looks at what is left of that. */
async function goThere<Kind extends DrillRig>(journey: Journey<Kind>): Promise<void> {
  const { name, open, load, kind, rows, numbered, backup = [] } = journey;
  const drillRig = await open();
  const { rig } = drillRig;
  try {
    await load(rig);
    const before = await rig.digest();
    await mustRun(rig, 'backup', ...backup);
    const result = documentOf(await mustRun(rig, 'drill', '--json')) as unknown as DrillResult;
    expect(result).toMatchObject({ ok: true, rows, scratch: { kind }, findings: [], leftovers: [] });
    expect(result.nextIds).toMatchObject({ written: numbered, refused: 0 });
    expect(await drillRig.leftovers()).toEqual([]);
    expect(await rig.digest()).toEqual(before);
    await expectNoted(rig, result);
    printed.push(`${name} on ${rig.engine}, in a ${kind}: ${figuresOf(result)}`);
  } finally {
    await drillRig.drop();
  }
}

async function expectNoted(rig: Rig, { drilled, snapshot }: DrillResult): Promise<void> {
  expect(drilled).toMatch(/^\d{4}-/);
  const list = documentOf(await mustRun(rig, 'list', '--json')) as {
    snapshots: { name: string; drilled: string | null }[];
  };
  expect(list.snapshots.find((one) => one.name === snapshot.name)?.drilled).toBe(drilled);
  const history = documentOf(await mustRun(rig, 'history', '--json')) as {
    runs: { command: string; result: string; snapshot: string }[];
  };
  expect(history.runs[0]).toMatchObject({ command: 'drill', result: 'succeeded', snapshot: snapshot.name });
}

function figuresOf({ rows, tables, checks, nextIds, phases, durationMs, restoreMs }: DrillResult): string {
  const parts = phases.map(({ name, ms }) => `${name} ${ms}`).join(', ');
  return `${rows} rows in ${tables.length} tables, ${checks} checks, ${nextIds.written} new rows; ${parts}; ${durationMs} ms in all, a restore ${restoreMs} ms`;
}

describe('the demo shop', () => {
  const load = async ({ file }: { readonly file: string }): Promise<void> => {
    rmSync(file);
    createDemoDatabase(file, 5000);
  };

  it('is restored on trial from a snapshot of its rows', { timeout: timeoutMs }, () =>
    goThere({
      ...{ name: 'demo', open: async () => openSqliteDrillRig(), load, kind: 'file', rows: 5002 },
      numbered: 7,
    }),
  );

  it('is restored on trial from a snapshot of its whole file', { timeout: timeoutMs }, () =>
    goThere({
      ...{
        name: 'demo (whole file)',
        open: async () => openSqliteDrillRig(),
        load,
        kind: 'file',
        rows: 5002,
      },
      numbered: 7,
      backup: ['--format', 'sqlite'],
    }),
  );
});

describe.skipIf(missingData !== null)(`databases that others made${skipped}`, () => {
  it('restores the music shop on trial on SQLite', { timeout: timeoutMs }, () =>
    goThere({
      ...{ name: 'chinook', open: async () => openSqliteDrillRig(), load: loadSqliteChinook, kind: 'file' },
      ...{ rows: 15_607, numbered: 0 },
    }),
  );

  describeEngine(postgresServer, 'on PostgreSQL', (url) => {
    describe.each(['database', 'schema'] as const)('in a %s', (kind) => {
      it('restores the music shop on trial', { timeout: timeoutMs }, () =>
        goThere({
          ...{
            name: 'chinook',
            open: () => openPostgresDrillRig(url, kind),
            load: loadPostgresChinook,
            kind,
          },
          ...{ rows: 15_607, numbered: 0 },
        }),
      );

      it('restores the film rental shop on trial', { timeout: timeoutMs }, () =>
        goThere({
          ...{ name: 'pagila', open: () => openPostgresDrillRig(url, kind), load: loadPagila, kind },
          ...{ rows: 49_636, numbered: 13 },
        }),
      );
    });
  });

  describeEngine(mysqlServer, 'on MariaDB', (url) => {
    it('restores the music shop on trial', { timeout: timeoutMs }, () =>
      goThere({
        ...{ name: 'chinook', open: () => openMysqlDrillRig(url), load: loadMysqlChinook, kind: 'database' },
        ...{ rows: 15_607, numbered: 0 },
      }),
    );
  });
});
