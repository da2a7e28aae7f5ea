import type { Arbitrary } from 'fast-check';
import type { DatabaseTarget } from '../../../src/ports/database.ts';

/** Statements in the engine's own SQL that make one database with rows, and what to do to it afterwards. */
export interface Script {
  /** Types, tables and indexes. */
  readonly create: readonly string[];
  /** Rows and counters. */
  readonly fill: readonly string[];
  /** What would stand in the way of the rows: foreign keys, triggers, row security. */
  readonly finish: readonly string[];
  /** Changes rows and counters, whatever constraints and triggers say; single ones of these may fail. */
  readonly damage: readonly string[];
  /** Takes all rows away, where the damage happened to change nothing. */
  readonly wipe: readonly string[];
  /** One insert into each table that numbers its rows; all of them have to succeed after a restore. */
  readonly probes: readonly string[];
  /** Whether the tables can be made from a snapshot: not where the database itself has properties that no table tells. */
  readonly canCreateSchema: boolean;
  /** The database schemas that the tables are in; empty where there are none. */
  readonly schemas: readonly string[];
}

/**
 * What a database holds, by its own means: equal records mean equal content. Keys that begin with `beside ` are of what
 * a snapshot does not hold, such as triggers.
 */
export type Digest = Readonly<Record<string, string>>;

export type Side = 'source' | 'second';

/** Two databases of one engine, which each script makes anew. */
export interface Bench {
  /** Empties a side: no table is left in it. */
  reset(side: Side): Promise<void>;
  /** @param isTolerant a statement that fails is left out; its error is not reported */
  run(side: Side, statements: readonly string[], options?: { readonly isTolerant?: boolean }): Promise<void>;
  target(side: Side, script: Script): DatabaseTarget;
  /** What `--confirm` has to say. */
  confirmName(side: Side): string;
  digest(side: Side): Promise<Digest>;
  close(): Promise<void>;
}

/** How databases of one engine are generated. */
export interface ExactEngine<Model> {
  readonly name: string;
  /** How many cases share a database: making one costs more on servers. */
  readonly batch: number;
  readonly models: Arbitrary<Model>;
  /** Puts several cases into one database; names that would meet are changed. */
  render(models: readonly Model[]): Script;
  open(): Promise<Bench>;
}
