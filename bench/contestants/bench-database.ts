import type { IdKind, Sizes } from '../data/tables.ts';
import type { Engine } from '../databases/engine.ts';

/** A full database to measure on, and beside it two of its own kind to restore into. */
export interface BenchDatabase {
  readonly engine: Engine;
  readonly idKind: IdKind;
  readonly sizes: Sizes;
  /** Holds the rows. */
  readonly source: string;
  /** Has tables and indexes, and is emptied before each restore. */
  readonly target: string;
  /** What an output is restored to, to see what it holds. */
  readonly check: string;
  /** Of the application that uses it: schema.prisma, .env, the backup folder, and what the others write. */
  readonly folder: string;
}
