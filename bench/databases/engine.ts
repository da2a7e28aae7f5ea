import type { PrismaTypes } from '../data/prisma-schema.ts';
import type { IdKind, Sizes } from '../data/tables.ts';
import type { Step } from '../measure/command.ts';

export type EngineName = 'postgres' | 'sqlite' | 'mysql';

/** What each table holds, by the database's own means: rows and a digest that does not depend on their order. */
export type Digest = Readonly<Record<string, string>>;

/** A kind of database to measure on. Databases are named; those made here belong to the bench alone. */
export interface Engine {
  readonly name: EngineName;
  /** As people write it. */
  readonly title: string;
  readonly prisma: PrismaTypes;
  /** As `DATABASE_URL` has it. */
  url(database: string): string;
  /** What `holdfast restore --confirm` wants to hear. */
  confirmName(database: string): string;
  /** Makes it anew, without tables. */
  create(database: string): Promise<void>;
  /** Makes it anew, with tables and indexes and without rows. */
  createEmpty(database: string, idKind: IdKind): Promise<void>;
  /** Makes it anew, with tables, rows and indexes. */
  createFull(database: string, sizes: Sizes, idKind: IdKind): Promise<void>;
  /** Takes the rows out and leaves tables and indexes. */
  empty(database: string, idKind: IdKind): Promise<void>;
  exists(database: string): Promise<boolean>;
  drop(database: string): Promise<void>;
  /** Writes out what is still in memory, so that no run pays for the one before it. */
  settle(database: string): Promise<void>;
  digest(database: string): Promise<Digest>;
  /** The CPU that the server has used since it started, for sessions that have ended; 0 where there is none. */
  serverCpuSeconds(): Promise<number>;
  /** Makes the server form the text of every cell, and send next to nothing. */
  formEveryCell(database: string): Promise<void>;
  /** What reads every row as the server sends it and throws it away; null where nothing is sent. */
  drain(database: string): Step | null;
  /** Of the server and of the tools that are measured. */
  versions(): Promise<Readonly<Record<string, string>>>;
}
