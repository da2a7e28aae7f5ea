import { setTimeout as sleep } from 'node:timers/promises';
import type { CliResult } from '../../support/cli.ts';
import type { CaseResult } from '../fault-class.ts';
import type { WireFault, WirePoint } from '../rigs/fault-proxy.ts';
import type { PrivateServer } from '../rigs/private-servers.ts';
import type { ServerEngine } from '../rigs/server-rig.ts';
import { damage, judgeRestore, restoreArguments, type ServerScene } from './server-scene.ts';

/** Something that happens to a restore at a point of its traffic. */
export interface ServerFault {
  readonly name: string;
  /** What the points of the fault are counted in. */
  readonly count: WirePoint['count'];
  /** What is done before the restore. */
  readonly prepare?: (scene: ServerScene) => Promise<void>;
  /** Does it to a restore that stands still at the point; the cut that follows is the proxy's. */
  arrange(scene: ServerScene): Arranged;
}

type Arranged = Pick<WireFault, 'act' | 'after'> & { readonly cleanUp?: () => Promise<void> };

const lockTimeout = '600ms';
/** What another session does may have to wait for the restore. */
const graceMs = 100;

/** Faults that any server shows. */
export const wireFaults: readonly ServerFault[] = [
  { name: 'the connection is cut behind a statement', count: 'pieces', arrange: () => ({ after: 'cut' }) },
  { name: 'the connection is cut while it sends', count: 'sent', arrange: () => ({ after: 'cut' }) },
  {
    name: 'the connection is cut while it is answered',
    count: 'received',
    arrange: () => ({ after: 'cut' }),
  },
  { name: 'the session is ended by an administrator', count: 'pieces', arrange: endSession },
  { name: 'the statement is cancelled', count: 'pieces', arrange: cancelStatement },
  { name: 'another session holds a lock', count: 'pieces', arrange: holdLock },
  { name: 'a deadlock', count: 'pieces', arrange: makeDeadlock },
];

/** Faults for which the server has to be one's own. */
export function restartFault(server: PrivateServer): ServerFault {
  return {
    name: 'the server dies and comes back',
    count: 'pieces',
    // Without a checkpoint PostgreSQL itself moves sequences on when it comes back from a crash.
    async prepare({ rig }) {
      if (rig.engine === 'PostgreSQL') await rig.execute('CHECKPOINT');
    },
    arrange: () => ({ act: () => server.restart(), after: 'pass' }),
  };
}

/** Damages the database, runs a restore into it, and lets the fault happen at the point. */
export async function tryFault(scene: ServerScene, fault: ServerFault, at: number): Promise<CaseResult> {
  const { rig, proxy } = scene;
  await damage(rig);
  await fault.prepare?.(scene);
  const before = await rig.digest();
  const { cleanUp, ...arranged } = fault.arrange(scene);
  proxy.set({ point: { count: fault.count, at }, ...arranged });
  let result: CliResult;
  let fired: boolean;
  try {
    result = await rig.run(...restoreArguments(rig, lockTimeout));
    await proxy.settle();
    fired = proxy.fired;
  } finally {
    proxy.clear();
    await cleanUp?.();
  }
  return { fired, violations: await judgeRestore(scene, before, result) };
}

/** How many points a restore without a fault has. */
export async function countPoints(scene: ServerScene): Promise<Readonly<Record<WirePoint['count'], number>>> {
  await damage(scene.rig);
  scene.proxy.clear();
  await scene.rig.run(...restoreArguments(scene.rig));
  return scene.proxy.counts;
}

function endSession(scene: ServerScene): Arranged {
  return {
    act: () => onSession(scene, { PostgreSQL: 'pg_terminate_backend', MariaDB: 'KILL' }),
    after: 'pass',
  };
}

/** As a limit of the server for the time of a statement does. */
function cancelStatement(scene: ServerScene): Arranged {
  return {
    act: () => onSession(scene, { PostgreSQL: 'pg_cancel_backend', MariaDB: 'KILL QUERY' }),
    after: 'pass',
  };
}

async function onSession(scene: ServerScene, how: Record<ServerEngine, string>): Promise<void> {
  const [session] = await scene.rig.findSessions();
  if (session === undefined) return;
  const command = how[scene.rig.engine];
  const sql = scene.rig.engine === 'PostgreSQL' ? `SELECT ${command}(${session})` : `${command} ${session}`;
  // A session that ends by itself meanwhile is as good.
  await scene.rig.execute(sql).catch(() => undefined);
}

/** The lock of a whole table, in a transaction of the application. */
const lockTable: Readonly<Record<ServerEngine, (table: string) => string>> = {
  PostgreSQL: (table) => `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`,
  MariaDB: (table) => `SELECT * FROM ${table} FOR UPDATE`,
};
const beginTransaction: Readonly<Record<ServerEngine, string>> = {
  PostgreSQL: `BEGIN; SET LOCAL lock_timeout = '3s'`,
  MariaDB: 'SET innodb_lock_wait_timeout = 3; BEGIN',
};

function holdLock(scene: ServerScene): Arranged {
  return lockTables(scene, ['customers']);
}

/** Takes two tables in the order in which the restore does not. */
function makeDeadlock(scene: ServerScene): Arranged {
  return lockTables(scene, ['tickets', 'customers']);
}

/** A transaction of the application that takes tables, and waits for them where it has to. */
function lockTables({ rig }: ServerScene, tables: readonly string[]): Arranged {
  const opening = rig.openSession();
  let taking: Promise<unknown> = Promise.resolve();
  const take = async (): Promise<void> => {
    const session = await opening;
    await session.run(beginTransaction[rig.engine]);
    for (const table of tables) await session.run(lockTable[rig.engine](table));
  };
  return {
    async act() {
      // As the victim of a deadlock, or after waiting too long, it has nothing.
      taking = take().catch(() => undefined);
      await Promise.race([taking, sleep(graceMs)]);
    },
    after: 'pass',
    async cleanUp() {
      await taking;
      await (await opening).end();
    },
  };
}
