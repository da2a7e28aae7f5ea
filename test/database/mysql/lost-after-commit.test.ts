import { expect, it } from 'vitest';
import { errorOf } from '../../support/cli.ts';
import { describeEngine, mysqlServer } from '../../support/engines.ts';
import { countPoints } from '../../torture/database/server-faults.ts';
import { damage, isSame, openServerScene, restoreArguments } from '../../torture/database/server-scene.ts';

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
});
