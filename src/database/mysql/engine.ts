import type { AccessReport } from '../../ports/access.ts';
import type {
  Database,
  DatabaseIdentity,
  DatabaseSnapshot,
  DatabaseTarget,
  Engine,
  OpenOptions,
  RestoreJournal,
  RestoreRequest,
  RestoreTransaction,
  Scope,
} from '../../ports/database.ts';
import type { NextIdTrial, NumberedColumn } from '../../ports/next-id.ts';
import type { TableDefinition } from '../../snapshot/table.ts';
import { compileCheck } from '../check-sql.ts';
import { identify } from './address.ts';
import { mysqlDialect } from './check-dialect.ts';
import { examineAccess } from './examine-access.ts';
import { attempt, describeFailure } from './failure.ts';
import { finishRestore } from './finish-restore.ts';
import { readRights } from './grants.ts';
import { type TriedTable, tryNextIds } from './next-id-trial.ts';
import { openRestore } from './open-restore.ts';
import type { Connect, ReadySession } from './ready-session.ts';
import { Session } from './session.ts';
import { prepareSession } from './settings.ts';
import { openSnapshot } from './snapshot.ts';

/** MySQL and MariaDB; what a server can do is asked of the server, not told by its name. */
export const mysqlEngine: Engine = {
  provider: 'mysql',
  open,
  identify,
  copyRaw: async () => null,
  describeCheck: (query) => `${compileCheck(query, mysqlDialect).rows};`,
};

async function open(target: DatabaseTarget, options: OpenOptions): Promise<Database> {
  const identity = identify(target);
  const connect: Connect = async (how) => {
    const session = await Session.open(target, how?.ignoresAbort ? {} : options);
    return prepare(session, identity.name, options.lockTimeoutMs);
  };
  return new MysqlDatabase(identity, connect, await connect());
}

/** Makes a new connection ready to read and write values exactly; closes it when that fails. */
export async function prepare(
  session: Session,
  database: string,
  lockTimeoutMs: number,
): Promise<ReadySession> {
  const attempted = { what: `Cannot open database ${database}`, otherwise: 'DATABASE.UNSUPPORTED' } as const;
  try {
    return await attempt(attempted, async () => {
      const facts = await prepareSession(session, lockTimeoutMs);
      return { session, context: { facts, rights: await readRights(session, database) } };
    });
  } catch (error) {
    session.close();
    throw error;
  }
}

/** Every snapshot and every restore has a connection of its own, so that none leaves a setting behind for the next. */
class MysqlDatabase implements Database {
  readonly identity: DatabaseIdentity;
  readonly #connect: Connect;
  readonly #sessions = new Set<Session>();
  /** The connection that proved at `open` that the database can be reached; the first user gets it. */
  #first: ReadySession | null;

  constructor(identity: DatabaseIdentity, connect: Connect, first: ReadySession) {
    this.identity = identity;
    this.#connect = connect;
    this.#first = first;
    this.#sessions.add(first.session);
  }

  get confirmName(): string {
    return this.identity.name;
  }

  async openSnapshot(_scope: Scope): Promise<DatabaseSnapshot> {
    return this.#withSession(({ session, context }) => openSnapshot(session, context));
  }

  async openRestore(request: RestoreRequest): Promise<RestoreTransaction> {
    const { identity } = this;
    return this.#withSession((ready) => openRestore(ready, request, { identity, connect: this.#connect }));
  }

  async examineAccess(_scope: Scope): Promise<AccessReport> {
    return this.#withSession(async (ready) => {
      const report = await examineAccess(ready);
      ready.session.close();
      return report;
    });
  }

  async tryNextIds(columns: readonly NumberedColumn[]): Promise<readonly NextIdTrial[]> {
    const snapshot = await this.openSnapshot({ allSchemas: false });
    const { tables } = snapshot.catalogue;
    await snapshot.close();
    return this.#withSession(async ({ session }) => {
      const trials = await tryNextIds(
        session,
        columns.map((column) => withOthers(column, tables)),
      );
      session.close();
      return trials;
    });
  }

  async finishRestore(journal: RestoreJournal): Promise<void> {
    await this.#withSession(async (ready) => {
      await finishRestore(ready, journal, this.identity);
      ready.session.close();
    });
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.close();
    this.#sessions.clear();
  }

  /** What the work returns owns the connection from then on; when it fails, the connection is closed here. */
  async #withSession<T>(work: (ready: ReadySession) => Promise<T>): Promise<T> {
    const ready = await this.#take();
    try {
      return await work(ready);
    } catch (error) {
      ready.session.close();
      const what = `Cannot go on with database ${this.identity.name}`;
      throw describeFailure(error, { what, otherwise: 'DATABASE.READ' });
    }
  }

  async #take(): Promise<ReadySession> {
    const first = this.#first;
    this.#first = null;
    if (first?.session.isOpen) return first;
    const ready = await this.#connect();
    this.#sessions.add(ready.session);
    return ready;
  }
}

function withOthers(numbered: NumberedColumn, tables: readonly TableDefinition[]): TriedTable {
  const columns = tables.find(({ name }) => name === numbered.table.name)?.columns ?? [];
  const others = columns.filter(({ name, generated }) => !generated && name !== numbered.column);
  return { ...numbered, others: others.map(({ name }) => name) };
}
