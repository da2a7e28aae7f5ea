import type { IntegrityFinding } from '../../integrity/finding.ts';
import type { CheckSettings } from '../../ports/check-settings.ts';
import type { DatabaseTarget } from '../../ports/database.ts';
import type { NextIdTrial } from '../../ports/next-id.ts';
import type { PrismaSchema } from '../../schema/prisma-schema.ts';
import type { DrillPhase } from './phase-watch.ts';

export interface DrillRequest {
  /** See `BackupFolder.find`; null: the newest verified snapshot. */
  readonly reference: string | null;
  /** On whose server the drill makes its database; none of its rows is read or written. */
  readonly target: DatabaseTarget;
  /** Where a database that is a file is made; null: beside the target. */
  readonly folder: string | null;
  readonly lockTimeoutMs: number;
  readonly settings: CheckSettings;
  /** The application's schema, for a snapshot that holds none. */
  readonly findSchema: () => Promise<PrismaSchema | null>;
  /** Rows or values to show of each finding. */
  readonly samples: number;
  /** For each check. */
  readonly timeoutMs: number;
}

/** One table that came back. */
export interface DrilledTable {
  readonly schema: string | null;
  readonly name: string;
  readonly model: string | null;
  readonly rows: number;
}

/** How new rows got their ids. */
export interface NextIdCounts {
  /** Tables that took a new row. */
  readonly written: number;
  /** Tables without a row that a new one could meet. */
  readonly empty: number;
  readonly refused: number;
}

export interface DrillResult {
  readonly command: 'drill';
  /** True when there is no finding. */
  readonly ok: boolean;
  readonly snapshot: {
    readonly id: string | null;
    readonly name: string;
    readonly path: string;
    readonly created: string | null;
    readonly bytes: number;
  };
  /** Where it was restored; null when the file was too damaged to try. Dropped since. */
  readonly scratch: {
    readonly kind: 'file' | 'database' | 'schema';
    readonly name: string;
    readonly host: string | null;
  } | null;
  /** Every table that was restored and compared. */
  readonly tables: readonly DrilledTable[];
  readonly rows: number;
  /** Checks of the restored data that were carried out. */
  readonly checks: number;
  readonly nextIds: NextIdCounts;
  readonly phases: readonly DrillPhase[];
  /** What a real restore would take: verify, create and restore; null when it was not carried out. */
  readonly restoreMs: number | null;
  /** When the snapshot was noted as restored and checked (UTC); null when it was not. */
  readonly drilled: string | null;
  /** What dead drills had left, and this one dropped. */
  readonly leftovers: readonly string[];
  readonly findings: readonly IntegrityFinding[];
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

/** What became of a snapshot in the database of a drill. */
export interface Trial {
  readonly tables: readonly DrilledTable[];
  readonly checks: number;
  readonly nextIds: NextIdCounts;
  readonly findings: readonly IntegrityFinding[];
  readonly warnings: readonly string[];
}

export function countTrials(trials: readonly NextIdTrial[]): NextIdCounts {
  const count = (outcome: NextIdTrial['outcome']): number =>
    trials.filter((trial) => trial.outcome === outcome).length;
  return { written: count('written'), empty: count('empty'), refused: count('refused') };
}
