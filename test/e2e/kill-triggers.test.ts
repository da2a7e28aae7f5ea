import { expect, it } from 'vitest';
import { describeEngine, mysqlServer } from '../support/engines.ts';
import { connectMysql, listMysqlTriggers } from '../support/mysql.ts';
import type { KillPoint } from './kill/kill-point.ts';
import { killAt } from './kill/kill-restore.ts';
import { damageLedger } from './kill/ledger.ts';
import { openMysqlScene } from './kill/scenes.ts';
import { mustRun, withoutCounters } from './rigs/rig.ts';

const lines = 3000;
const triggers = [
  `CREATE TRIGGER lower_names BEFORE INSERT ON customers FOR EACH ROW SET NEW.name = LOWER(NEW.name)`,
  `CREATE TRIGGER note_changes BEFORE UPDATE ON orders FOR EACH ROW SET NEW.note = CONCAT('changed: ', NEW.note)`,
];

/** MySQL and MariaDB drop and create triggers outside of transactions: a journal has to bring them back. */
describeEngine(mysqlServer, 'a restore into MariaDB that took triggers down and is killed', (url) => {
  const points: readonly KillPoint[] = [{ at: 'rows', share: 0.5 }, { at: 'commit' }, { at: 'committed' }];

  it.each(points)(
    'is finished by undo, with every trigger as it was (%o)',
    async (point) => {
      const scene = await openMysqlScene(lines, url);
      const { rig } = scene;
      const administrator = await connectMysql(url + rig.confirmName);
      try {
        await rig.execute(...triggers);
        const triggersBefore = await listMysqlTriggers(administrator);
        expect(triggersBefore).toHaveLength(2);
        await damageLedger(rig);
        const before = withoutCounters(await rig.digest());

        await killAt({ ...scene, flags: ['--drop-triggers'] }, point);
        expect(await listMysqlTriggers(administrator)).toEqual([]);
        const listed = await mustRun(rig, 'list');
        expect(listed.stderr).toMatch(/left to put back: .*lower_names.*note_changes.*Run: holdfast undo/);
        const refused = await rig.run(
          'restore',
          scene.snapshot,
          '--clear-existing',
          '--confirm',
          rig.confirmName,
        );
        expect(refused.exitCode).toBe(2);
        expect(refused.stderr).toContain('[RESTORE.UNFINISHED]');
        expect(refused.stderr).toContain('Run: holdfast undo');

        await mustRun(rig, 'undo', '--confirm', rig.confirmName, '--drop-triggers');
        expect(await listMysqlTriggers(administrator)).toEqual(triggersBefore);
        expect(withoutCounters(await rig.digest())).toEqual(before);
        expect((await mustRun(rig, 'list')).stderr).not.toContain('interrupted');

        await mustRun(
          rig,
          'restore',
          scene.snapshot,
          '--clear-existing',
          '--confirm',
          rig.confirmName,
          '--drop-triggers',
        );
        expect(await listMysqlTriggers(administrator)).toEqual(triggersBefore);
      } finally {
        await administrator.end();
        await scene.close();
      }
    },
    180_000,
  );
});
