import type { CliResult } from '../../support/cli.ts';

/** What a database holds, by its own means: one text for each table, sequence or counter. */
export type Digest = Readonly<Record<string, string>>;

/** A database of a test's own, with an application's folder that uses it. */
export interface Rig {
  readonly engine: 'SQLite' | 'PostgreSQL' | 'MariaDB';
  /** The application's folder; the backup folder is `backups` in it. */
  readonly folder: string;
  /** How the application reaches its database: as its owner, without further rights. */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** What `--confirm` takes. */
  readonly confirmName: string;
  /** Runs statements as the application, one after the other. */
  execute(...statements: readonly string[]): Promise<void>;
  /** The first cell of a query's first row, as text. */
  ask(query: string): Promise<string>;
  digest(): Promise<Digest>;
  /** Waits until nothing is left of a client that died: its session ended, its transaction taken back. */
  settle(): Promise<void>;
  /** `holdfast` in the application's folder, in this process. */
  run(...argv: readonly string[]): Promise<CliResult>;
  drop(): Promise<void>;
}

/** Runs a command that has to succeed. */
export async function mustRun(rig: Rig, ...argv: readonly string[]): Promise<CliResult> {
  const result = await rig.run(...argv);
  if (result.exitCode === 0) return result;
  throw new Error(`holdfast ${argv.join(' ')} exited ${result.exitCode} on ${rig.engine}: ${result.stderr}`);
}

/** The digest without the counters of generated ids, which MySQL and MariaDB do not take back. */
export function withoutCounters(digest: Digest): Digest {
  return Object.fromEntries(Object.entries(digest).filter(([name]) => !name.startsWith('next id of ')));
}

/** The counters of generated ids, by table; empty where they are part of the transaction. */
export function countersOf(digest: Digest): ReadonlyMap<string, number> {
  const counters = Object.entries(digest).filter(([name]) => name.startsWith('next id of '));
  return new Map(counters.map(([name, value]) => [name, Number(value)]));
}
