import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { describeEngine, mysqlServer, postgresServer } from '../support/engines.ts';
import type { KillPoint } from './kill/kill-point.ts';
import { compare, holdRestore, type KillScene, type Wire } from './kill/kill-restore.ts';
import { damageLedger } from './kill/ledger.ts';
import { type OpenScene, openMysqlScene, openPostgresScene } from './kill/scenes.ts';
import { type Digest, mustRun } from './rigs/rig.ts';

const lines = 2000;
const timeoutMs = 120_000;

interface CommitScene extends KillScene {
  readonly wire: Wire;
  readonly states: { readonly before: Digest; readonly after: Digest };
}

/** Damages the database and hands it over, ready for a restore that is stopped on the wire. */
async function withDamaged(
  open: () => Promise<OpenScene>,
  work: (scene: CommitScene) => Promise<void>,
): Promise<void> {
  const scene = await open();
  try {
    const after = await scene.rig.digest();
    await damageLedger(scene.rig);
    const before = await scene.rig.digest();
    await work({ ...scene, wire: scene.wire!, states: { before, after } });
  } finally {
    await scene.close();
  }
}

/** What an operator is told around the one moment in which nobody knows the outcome. */
function tellsTheTruth(open: () => Promise<OpenScene>): void {
  const committed: KillPoint = { at: 'committed' };

  it(
    'says that the outcome is not known when the connection is lost with COMMIT on its way, and undo goes back',
    () =>
      withDamaged(open, async (scene) => {
        const { rig, wire, states } = scene;
        const running = await holdRestore(scene, committed, wire);
        await sleep(300);
        wire.proxy.release();
        const { exitCode, stderr } = await running.ended;
        expect(exitCode).toBe(2);
        expect(stderr).toContain('[DATABASE.LOST]');
        expect(stderr).toContain('whether it was committed is not known');
        expect(stderr).toContain('holdfast undo');
        await rig.settle();
        expect(compare(await rig.digest(), states)).toBe('after');
        expect((await mustRun(rig, 'list')).stderr).toContain('as it was before it, or as it is after it');
        await mustRun(rig, 'undo', '--confirm', rig.confirmName);
        expect(compare(await rig.digest(), states)).toBe('before');
      }),
    timeoutMs,
  );

  it(
    'lets a COMMIT come to its end when it is interrupted',
    () =>
      withDamaged(open, async (scene) => {
        const { rig, wire, states } = scene;
        const running = await holdRestore(scene, committed, wire);
        process.kill(running.pid, 'SIGTERM');
        await sleep(300);
        wire.proxy.resume();
        const { exitCode, stderr } = await running.ended;
        expect(stderr).not.toContain('nothing was changed');
        expect(exitCode).toBe(0);
        expect(compare(await rig.digest(), states)).toBe('after');
      }),
    timeoutMs,
  );

  it(
    'changes nothing when it is interrupted before COMMIT',
    () =>
      withDamaged(open, async (scene) => {
        const { rig, wire, states } = scene;
        const running = await holdRestore(scene, { at: 'rows', share: 0.5 }, wire);
        process.kill(running.pid, 'SIGTERM');
        const { exitCode, stderr } = await running.ended;
        wire.proxy.release();
        expect(stderr).toContain('Stopped by SIGTERM; nothing was changed');
        expect(exitCode).toBe(143);
        await rig.settle();
        expect(compare(await rig.digest(), states)).toBe('before');
        expect((await mustRun(rig, 'list')).stderr).not.toContain('interrupted');
      }),
    timeoutMs,
  );
}

describeEngine(postgresServer, 'the end of a restore into PostgreSQL', (url) =>
  tellsTheTruth(() => openPostgresScene(lines, url)),
);

describeEngine(mysqlServer, 'the end of a restore into MariaDB', (url) =>
  tellsTheTruth(() => openMysqlScene(lines, url)),
);
