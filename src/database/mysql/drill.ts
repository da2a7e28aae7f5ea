import { AppError } from '../../errors.ts';
import type { DatabaseTarget } from '../../ports/database.ts';
import type { DrillDatabase, OpenDrillPlace } from '../../ports/drill.ts';
import { drillOf, makeDrillName } from '../drill-name.ts';
import { identify, withDatabase } from './address.ts';
import { mysqlEngine, prepare } from './engine.ts';
import { attempt, ServerError, serverErrors } from './failure.ts';
import { quoteName, quoteText } from './quote.ts';
import { Session } from './session.ts';

/**
 * A server on which drills make databases. Each holds a lock of the server by its database's name, from before that is
 * made until after it is dropped. Its session hears no abort: what was made is dropped after that, too.
 */
export const openDrillPlace: OpenDrillPlace = async (target, { lockTimeoutMs, newId, processId }) => {
  const { session } = await prepare(await Session.open(target, {}), identify(target).name, lockTimeoutMs);
  return {
    sweep: () => sweep(session),
    async create() {
      const name = makeDrillName(newId(), processId);
      await takeLock(session, name);
      await createDatabase(session, name);
      return drillDatabase(session, withDatabase(target, name), name);
    },
    async close() {
      session.close();
    },
  };
};

function drillDatabase(session: Session, target: DatabaseTarget, name: string): DrillDatabase {
  return {
    ...{ name, kind: 'database', host: identify(target).host, folder: null },
    open: (options) => mysqlEngine.open(target, options),
    async drop() {
      await dropDatabase(session, name);
      await session.query(`SELECT RELEASE_LOCK(${quoteText(name)})`);
    },
  };
}

/** @returns whether nobody else had it */
async function takeLock(session: Session, name: string): Promise<boolean> {
  const [row] = await session.query(`SELECT GET_LOCK(${quoteText(name)}, 0)`);
  return row?.[0] === '1';
}

/** With the defaults of the target's database. */
async function createDatabase(session: Session, name: string): Promise<void> {
  const [row] = await session.query('SELECT @@character_set_database, @@collation_database');
  const sql = `CREATE DATABASE ${quoteName(name)} CHARACTER SET ${row![0]} COLLATE ${row![1]}`;
  const attempted = {
    what: 'Cannot make a database for the drill',
    otherwise: 'DATABASE.PERMISSION',
  } as const;
  try {
    await session.run(sql);
  } catch (error) {
    if (!(error instanceof ServerError) || !isRefused(error)) {
      await attempt(attempted, () => Promise.reject(error));
    }
    throw new AppError('DATABASE.PERMISSION', `${attempted.what}: the user has no right to it`, {
      hint: 'Let an administrator run: GRANT ALL PRIVILEGES ON `holdfast\\_drill\\_%`.* TO the user of the URL; or drill on another server with --to',
      cause: error,
    });
  }
}

function isRefused({ errno }: ServerError): boolean {
  const refusals: readonly number[] = [
    serverErrors.databaseAccessDenied,
    serverErrors.accessDenied,
    1142,
    1227,
  ];
  return refusals.includes(errno);
}

async function sweep(session: Session): Promise<readonly string[]> {
  const rows = await session.query(String.raw`SHOW DATABASES LIKE 'holdfast\\_drill\\_%'`);
  const dropped: string[] = [];
  for (const name of rows.map(([first]) => first ?? '')) {
    if (drillOf(name) !== name || !(await takeLock(session, name))) continue;
    await dropDatabase(session, name);
    await session.query(`SELECT RELEASE_LOCK(${quoteText(name)})`);
    dropped.push(name);
  }
  return dropped;
}

async function dropDatabase(session: Session, name: string): Promise<void> {
  await attempt({ what: `Cannot drop database ${name}`, otherwise: 'DATABASE.PERMISSION' }, () =>
    session.run(`DROP DATABASE IF EXISTS ${quoteName(name)}`),
  );
}
