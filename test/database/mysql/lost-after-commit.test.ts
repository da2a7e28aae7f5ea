import { expect, it } from 'vitest';
import { errorOf } from '../../support/cli.ts';
import { describeEngine, mysqlServer } from '../../support/engines.ts';
import { countPoints } from '../../torture/database/server-faults.ts';
import {
  addTickets,
  damage,
  isSame,
  openServerScene,
  restoreArguments,
} from '../../torture/database/server-scene.ts';

describeEngine(mysqlServer, 'a restore into MariaDB whose connection is lost behind the commit', (url) => {
  it('says that the rows are restored, and can be undone', async () => {
    const scene = await openServerScene('MariaDB', url);
    const { rig, proxy, after } = scene;
    try {
      const { pieces } = await countPoints(scene);
      // The last statements set the counters, and free the tables and the lock.
      for (const at of [pieces - 5, pieces - 3]) {
        await damage(rig);
        const before = await rig.digest();
        proxy.set({ point: { count: 'pieces', at }, after: 'cut' });
        const result = await rig.run(...restoreArguments(rig));
        proxy.clear();
        await rig.settle();
        expect(result.exitCode).toBe(2);
        expect(errorOf(result)).toMatchObject({
          code: 'DATABASE.LOST',
          message: expect.stringContaining('The rows are restored and committed'),
          hint: expect.stringContaining('holdfast undo'),
        });
        expect(isSame(await rig.digest(), after)).toBe(true);
        expect((await rig.run('undo', '--confirm', rig.confirmName)).exitCode).toBe(0);
        expect(isSame(await rig.digest(), before)).toBe(true);
        expect((await rig.run(...restoreArguments(rig))).exitCode).toBe(0);
      }
    } finally {
      await scene.close();
    }
  });

  it('puts triggers back by another connection, or says that undo does, and undo finds the rows of before', async () => {
    const scene = await openServerScene('MariaDB', url);
    const { rig, proxy, after } = scene;
    const restoring = [...restoreArguments(rig), '--drop-triggers'];
    const trigger = `CREATE DEFINER = application@'%' TRIGGER audit BEFORE INSERT ON tickets FOR EACH ROW SET NEW.title = UPPER(NEW.title)`;
    const countTriggers = () =>
      rig.ask(`SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '${rig.confirmName}'`);
    const rights = `ALL PRIVILEGES ON ${rig.confirmName}.*`;
    const shutOut = () => rig.execute(`REVOKE ${rights} FROM application@'%'`);
    const [beforeCommit, behindCommit] = [14, 10];
    const outcomes = [
      {
        left: behindCommit,
        act: async () => undefined,
        code: 'DATABASE.LOST',
        says: 'restored and committed',
      },
      {
        left: behindCommit,
        act: shutOut,
        code: 'RESTORE.UNFINISHED',
        says: 'The rows are restored, but triggers',
      },
      {
        left: beforeCommit,
        act: shutOut,
        code: 'RESTORE.UNFINISHED',
        says: 'could not be taken back completely',
      },
    ];
    try {
      await damage(rig);
      await rig.execute(trigger);
      proxy.clear();
      expect((await rig.run(...restoring)).exitCode).toBe(0);
      const { pieces } = proxy.counts;
      for (const { left, act, code, says } of outcomes) {
        await rig.execute('DROP TRIGGER audit');
        await damage(rig);
        await rig.execute(addTickets(code), trigger);
        const before = await rig.digest();
        proxy.set({ point: { count: 'pieces', at: pieces - left }, act, after: 'cut' });
        const result = await rig.run(...restoring);
        proxy.clear();
        await rig.settle();
        const present = await countTriggers();
        await rig.execute(`GRANT ${rights} TO application@'%'`);
        expect(errorOf(result)).toMatchObject({
          code,
          message: expect.stringContaining(says),
          hint: expect.stringContaining('holdfast undo'),
        });
        expect(present).toBe(act === shutOut ? '0' : '1');
        expect(isSame(await rig.digest(), left === behindCommit ? after : before)).toBe(true);
        const undone = await rig.run('undo', '--confirm', rig.confirmName, '--drop-triggers');
        expect(undone.exitCode).toBe(0);
        expect(isSame(await rig.digest(), before)).toBe(true);
        expect(await countTriggers()).toBe('1');
        expect((await rig.run(...restoring)).exitCode).toBe(0);
      }
    } finally {
      await scene.close();
    }
  });
});
