import { expect, it } from 'vitest';
import { errorOf } from '../../support/cli.ts';
import { describeEngine, mysqlServer } from '../../support/engines.ts';
import {
  addTickets,
  damage,
  isSame,
  openServerScene,
  restoreArguments,
} from '../../torture/database/server-scene.ts';

interface Loss {
  readonly when: string;
  /** How many pieces the restore would still have sent. */
  readonly left: number;
  /** Whether the database lets the program in again. */
  readonly isShutOut: boolean;
  readonly code: string;
  readonly says: string;
  readonly isCommitted: boolean;
}

const losses: readonly Loss[] = [
  {
    when: 'while the triggers are read',
    left: 42,
    isShutOut: false,
    code: 'DATABASE.LOST',
    says: 'Cannot begin the restore',
    isCommitted: false,
  },
  {
    when: 'while the triggers are dropped',
    left: 40,
    isShutOut: false,
    code: 'DATABASE.LOST',
    says: 'Cannot',
    isCommitted: false,
  },
  {
    when: 'while the triggers are dropped, for good',
    left: 40,
    isShutOut: true,
    code: 'RESTORE.UNFINISHED',
    says: 'could not be put back',
    isCommitted: false,
  },
  {
    when: 'before the commit, for good',
    left: 14,
    isShutOut: true,
    code: 'RESTORE.UNFINISHED',
    says: 'could not be taken back completely',
    isCommitted: false,
  },
  {
    when: 'behind the commit',
    left: 10,
    isShutOut: false,
    code: 'DATABASE.LOST',
    says: 'restored and committed',
    isCommitted: true,
  },
  {
    when: 'behind the commit, for good',
    left: 10,
    isShutOut: true,
    code: 'RESTORE.UNFINISHED',
    says: 'The rows are restored, but triggers could not be created again',
    isCommitted: true,
  },
];

describeEngine(
  mysqlServer,
  'a restore into MariaDB that has taken triggers down and loses its connection',
  (url) => {
    it('puts them back, or says that undo does, and undo finds the rows of before', async () => {
      const scene = await openServerScene('MariaDB', url);
      const { rig, proxy, after } = scene;
      const restoring = [...restoreArguments(rig), '--drop-triggers'];
      const trigger = `CREATE DEFINER = application@'%' TRIGGER audit BEFORE INSERT ON tickets FOR EACH ROW SET NEW.title = UPPER(NEW.title)`;
      const rights = `ALL PRIVILEGES ON ${rig.confirmName}.*`;
      const shutOut = () => rig.execute(`REVOKE ${rights} FROM application@'%'`);
      const countTriggers = () =>
        rig.ask(
          `SELECT count(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '${rig.confirmName}'`,
        );
      try {
        await damage(rig);
        await rig.execute(trigger);
        proxy.clear();
        expect((await rig.run(...restoring)).exitCode).toBe(0);
        const { pieces } = proxy.counts;
        for (const { when, left, isShutOut, code, says, isCommitted } of losses) {
          await rig.execute('DROP TRIGGER audit');
          await damage(rig);
          // Unlike the rows before every other restore, so that undo cannot find them by another snapshot.
          await rig.execute(addTickets(when), trigger);
          const before = await rig.digest();
          const act = isShutOut ? { act: shutOut } : {};
          proxy.set({ point: { count: 'pieces', at: pieces - left }, ...act, after: 'cut' });
          const result = await rig.run(...restoring);
          proxy.clear();
          await rig.settle();
          const present = await countTriggers();
          await rig.execute(`GRANT ${rights} TO application@'%'`);
          expect(errorOf(result), when).toMatchObject({ code, message: expect.stringContaining(says) });
          expect(present, when).toBe(isShutOut ? '0' : '1');
          expect(isSame(await rig.digest(), isCommitted ? after : before), when).toBe(true);
          if (isCommitted || isShutOut) {
            expect(errorOf(result).hint).toContain('holdfast undo');
            const undone = await rig.run('undo', '--confirm', rig.confirmName, '--drop-triggers');
            expect(undone.exitCode, when).toBe(0);
            expect(isSame(await rig.digest(), before), when).toBe(true);
            expect(await countTriggers(), when).toBe('1');
          }
          expect((await rig.run(...restoring)).exitCode, when).toBe(0);
        }
      } finally {
        await scene.close();
      }
    });
  },
);
