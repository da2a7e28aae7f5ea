import type { TableName } from '../snapshot/table.ts';

/** Something that a backup or a restore would fail on, or be wrong by, with what puts it right. */
export interface AccessObstacle {
  /** `reading`: a backup fails. `hidden rows`: a backup fails rather than miss rows. `restoring`: a restore fails. */
  readonly what: 'reading' | 'hidden rows' | 'restoring';
  /** Which tables or sequences; empty where it is about the whole database. */
  readonly tables: readonly TableName[];
  /** A sentence without a trailing dot. */
  readonly message: string;
  /** What to do; a statement to run where there is one. */
  readonly remedy: string;
}

/** What the user of the connection may do, and what stands in the way. */
export interface AccessReport {
  /** `PostgreSQL 15.18` */
  readonly server: string;
  /** Null where the database knows no users. */
  readonly user: string | null;
  /** How many tables are in scope, as far as this user can see. */
  readonly tables: number;
  /** As `Catalogue.estimatedBytes`. */
  readonly estimatedBytes: number;
  readonly obstacles: readonly AccessObstacle[];
}
