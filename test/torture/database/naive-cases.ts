import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { damageLedger } from '../../e2e/kill/ledger.ts';
import { projectFolder } from '../../support/cli.ts';
import { mysqlServer, postgresServer } from '../../support/engines.ts';
import { CaseTally, hasTime, partsFor } from '../case-tally.ts';
import type { CaseResult, Tally, TortureRequest } from '../fault-class.ts';
import { isSame, openServerScene, type ServerScene, snapshot } from './server-scene.ts';

const cuts = 6;
const script = fileURLToPath(new URL('../../e2e/kill/naive-restore.ts', import.meta.url));

/** The same cuts of the connection, of a restore as it is often written: each statement by itself. */
export async function restoreNaively(request: TortureRequest): Promise<Tally> {
  const tally = new CaseTally(request);
  const urls = { PostgreSQL: postgresServer.url, MariaDB: mysqlServer.url } as const;
  for (const engine of partsFor(['PostgreSQL', 'MariaDB'] as const, request)) {
    const scene = await openServerScene(engine, urls[engine], 2000);
    try {
      await damageLedger(scene.rig);
      scene.proxy.clear();
      await runNaive(scene);
      const { sent } = scene.proxy.counts;
      for (let cut = 1; cut <= cuts && hasTime(request, tally); cut++) {
        const at = Math.floor((sent * cut) / (cuts + 1));
        await tally.attempt(`${engine}, a naive restore cut after ${at} of ${sent} bytes`, () =>
          cutNaive(scene, at),
        );
      }
    } finally {
      await scene.close();
    }
  }
  return tally;
}

async function cutNaive(scene: ServerScene, at: number): Promise<CaseResult> {
  const { rig, proxy, after } = scene;
  await damageLedger(rig);
  const before = await rig.digest();
  proxy.set({ point: { count: 'sent', at }, after: 'cut' });
  await runNaive(scene);
  const { fired } = proxy;
  proxy.clear();
  await rig.settle();
  const found = await rig.digest();
  await runNaive(scene);
  return {
    fired,
    violations: isSame(found, before) || isSame(found, after) ? [] : ['neither before nor after'],
  };
}

async function runNaive({ rig }: ServerScene): Promise<void> {
  const file = path.join(rig.folder, 'backups', `${snapshot}.json.gz`);
  const child = spawn(process.execPath, ['--import', 'tsx', script, rig.url, file], {
    cwd: projectFolder,
    stdio: 'ignore',
  });
  await new Promise((resolve) => child.once('close', resolve));
}
