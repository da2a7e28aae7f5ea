import type {
  Database,
  DatabaseIdentity,
  DatabaseSnapshot,
  RestoreRequest,
  RestoreTransaction,
  Scope,
} from '../../ports.ts';
import type { PostgresConnection } from './connection.ts';
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

  /** A restore leaves nothing to finish: all of it is one transaction. */
  async finishRestore(): Promise<void> {}

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
