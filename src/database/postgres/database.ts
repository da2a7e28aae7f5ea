import type { AccessReport } from '../../ports/access.ts';
import type {
  Database,
  DatabaseIdentity,
  DatabaseSnapshot,
  RestoreRequest,
  RestoreTransaction,
  Scope,
} from '../../ports/database.ts';
import type { NextIdTrial, NumberedColumn } from '../../ports/next-id.ts';
import type { PostgresConnection } from './connection.ts';
import { examineAccess } from './examine-access.ts';
import { tryNextIds } from './next-id-trial.ts';
import { openPostgresRestore } from './restore.ts';
import { openPostgresSnapshot } from './snapshot.ts';
import { identify } from './url.ts';

/** A PostgreSQL database behind one connection. */
export class PostgresDatabase implements Database {
  readonly identity: DatabaseIdentity;
  readonly confirmName: string;
  readonly #connection: PostgresConnection;

  constructor(connection: PostgresConnection) {
    this.#connection = connection;
    this.identity = identify(connection.target);
    this.confirmName = this.identity.name;
  }

  async openSnapshot(scope: Scope): Promise<DatabaseSnapshot> {
    return openPostgresSnapshot(this.#connection, scope);
  }

  async openRestore(request: RestoreRequest): Promise<RestoreTransaction> {
    return openPostgresRestore(this.#connection, request);
  }

  async examineAccess(scope: Scope): Promise<AccessReport> {
    return examineAccess(this.#connection, scope);
  }

  /** A restore leaves nothing to finish: all of it is one transaction. */
  async finishRestore(): Promise<void> {}

  async tryNextIds(columns: readonly NumberedColumn[]): Promise<readonly NextIdTrial[]> {
    return tryNextIds(this.#connection, columns);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
