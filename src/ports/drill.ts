import type { Database, DatabaseTarget, OpenOptions } from './database.ts';

export interface DrillPlaceOptions {
  /** Where a database that is a file is made; null: beside the file that the target names. */
  readonly folder: string | null;
  /** How long to wait for locks. */
  readonly lockTimeoutMs: number;
  /** A new random id, 16 hex digits. */
  readonly newId: () => string;
  /** The number of this process; a part of the names that it gives. */
  readonly processId: number;
}

/**
 * Where drills make databases of their own: a server, or a folder. Each drill holds a lock for as long as it lives,
 * which ends with its process however that ends; what has a drill's name and no such lock was left by a dead one.
 */
export interface DrillPlace {
  /**
   * Drops what dead drills have left, and nothing else.
   *
   * @returns the names of what was dropped
   */
  sweep(): Promise<readonly string[]>;
  /**
   * Makes an empty database that only this drill uses. Leaves nothing behind when it fails.
   *
   * @param schemas the database schemas whose tables it is to hold
   * @throws AppError DATABASE.PERMISSION, UNREACHABLE, FULL, FOLDER.NOT_WRITABLE
   */
  create(schemas: readonly string[]): Promise<DrillDatabase>;
  /** Ends the connections. Safe to call twice. */
  close(): Promise<void>;
}

/** A database that a drill has made. */
export interface DrillDatabase {
  /** What a person finds it by: of a database or schema its name, of a file its folder. */
  readonly name: string;
  readonly kind: 'file' | 'database' | 'schema';
  /** The server, null for a file. */
  readonly host: string | null;
  /** A private folder, removed with the database; null where the database is no file. */
  readonly folder: string | null;
  /** Opens it. Tables have the names that they have in the snapshot. */
  open(options: OpenOptions): Promise<Database>;
  /** Drops it, whatever is in it; the opened database has been closed. */
  drop(): Promise<void>;
}

/**
 * Opens where drills make databases of their own: the server of the target, or a folder.
 *
 * @throws as `Engine.open`
 */
export type OpenDrillPlace = (target: DatabaseTarget, options: DrillPlaceOptions) => Promise<DrillPlace>;
