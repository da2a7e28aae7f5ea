import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPorts } from '../../src/app.ts';
import { AppError } from '../../src/errors.ts';
import { drill } from '../../src/operations/drill.ts';
import type { DatabaseTarget } from '../../src/ports/database.ts';
import { projectFolder } from '../support/cli.ts';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';
import { drillOf, placesOf } from './drill/drill-request.ts';
import {
  type DrillRig,
  openMysqlDrillRig,
  openPostgresDrillRig,
  openSqliteDrillRig,
} from './drill/drill-rigs.ts';
import { mustRun } from './rigs/rig.ts';

const timeoutMs = 120_000;
const alike = 'holdfast_drill_0123456789abcdef_p1_00000000';

interface Suite {
  readonly provider: DatabaseTarget['provider'];
  readonly open: () => Promise<DrillRig>;
}

function describeKilledDrills({ provider, open }: Suite): void {
  let drillRig: DrillRig;
  let places: ReturnType<typeof placesOf>;

  beforeAll(async () => {
    drillRig = await open();
    const { rig } = drillRig;
    await rig.execute(
      'CREATE TABLE parts (id INTEGER PRIMARY KEY, name VARCHAR(20))',
      "INSERT INTO parts VALUES (1, 'nail'), (2, 'screw')",
    );
    await mustRun(rig, 'backup');
    places = placesOf(rig, provider);
  }, timeoutMs);
  afterAll(() => drillRig.drop());

  const drillNow = () =>
    drill(openPorts({ backupDir: places.folder, progress: silent }), drillOf(places.target, places.folder));

  it('keeps what a running drill has made, and drops what a killed one has left', {
    timeout: timeoutMs,
  }, async () => {
    await drillRig.makeAlike(alike);
    const alikeOnly = await drillRig.leftovers();
    const running = await startDrill('restoring', places);
    const whileItRuns = await drillRig.leftovers();
    expect(whileItRuns.length).toBeGreaterThan(alikeOnly.length);
    // The control: another drill passes, and leaves the running one's alone.
    expect((await drillNow()).leftovers).toEqual([]);
    expect(await drillRig.leftovers()).toEqual(whileItRuns);

    running.kill('SIGKILL');
    await once(running, 'exit');
    // The server notices by itself that the client is gone.
    const dropped = await until(
      async () => (await drillNow()).leftovers,
      (names) => names.length > 0,
    );
    expect(dropped).toHaveLength(1);
    expect(await drillRig.leftovers()).toEqual(alikeOnly);
  });

  it.each(['restoring', 'committing', 'comparing', 'checking', 'writing new rows'])(
    'drops its database when it is stopped while %s',
    { timeout: timeoutMs },
    async (stopAt) => {
      const before = await drillRig.leftovers();
      const controller = new AbortController();
      const seen: string[][] = [];
      const looks: Promise<unknown>[] = [];
      const progress = {
        ...silent,
        phase(label: string) {
          if (label !== stopAt) return;
          looks.push(drillRig.leftovers().then((names) => seen.push([...names])));
          controller.abort(new AppError('RUN.INTERRUPTED', 'Stopped by the test'));
        },
      };
      const ports = openPorts({ backupDir: places.folder, progress, signal: controller.signal });
      const run = drill(ports, drillOf(places.target, places.folder));
      await expect(run).rejects.toMatchObject({ code: 'RUN.INTERRUPTED' });
      await Promise.all(looks);
      expect(seen).toHaveLength(1);
      expect(await drillRig.leftovers()).toEqual(before);
    },
  );
}

const silent = { phase() {}, item() {}, advance() {}, note() {} };

async function startDrill(phase: string, places: ReturnType<typeof placesOf>): Promise<ChildProcess> {
  const file = path.join(projectFolder, 'test/e2e/drill/drill-process.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify({ ...places, phase })], {
    cwd: projectFolder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = (await once(child.stdout!, 'data')) as [Buffer];
  expect(text.toString()).toBe('standing still\n');
  return child;
}

async function until<T>(ask: () => Promise<T>, isDone: (answer: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 40; tries++) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    await sleep(250);
  }
  throw new Error('what a killed drill left is still there');
}

describe('on SQLite', () =>
  describeKilledDrills({ provider: 'sqlite', open: async () => openSqliteDrillRig() }));

describeEngine(postgresServer, 'on PostgreSQL', (url) => {
  describe.each(['database', 'schema'] as const)('in a %s', (kind) =>
    describeKilledDrills({ provider: 'postgresql', open: () => openPostgresDrillRig(url, kind) }),
  );
});

describeEngine(mysqlServer, 'on MariaDB', (url) =>
  describeKilledDrills({ provider: 'mysql', open: () => openMysqlDrillRig(url) }),
);
