import type { DatabaseIdentity } from '../../ports/database.ts';
import type { CatalogueContext } from './catalogue.ts';
import type { Session } from './session.ts';

/** A connection that is ready to read and write values exactly. */
export interface ReadySession {
  readonly session: Session;
  readonly context: CatalogueContext;
}

/** Makes another connection to the same database. */
export type Connect = (options?: { readonly ignoresAbort: boolean }) => Promise<ReadySession>;

export interface RestoreEnvironment {
  readonly identity: DatabaseIdentity;
  /** For what is left to do when the restore's own connection is lost. */
  readonly connect: Connect;
}
