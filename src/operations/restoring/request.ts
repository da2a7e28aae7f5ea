import type { BackupFolder, StoredSnapshot } from '../../ports/backup-folder.ts';
import type { DatabaseTarget } from '../../ports/database.ts';
import type { ConflictPolicy } from '../../snapshot/difference.ts';
import type { SchemaStatement } from '../../snapshot/table.ts';
import type { AppSchema } from '../app-schema.ts';
import type { TableSelection } from '../table-choice.ts';
import type { AskConsent } from './consent.ts';
import type { PlanFailure, TableEffect } from './plan.ts';

export interface RestoreOptions {
  readonly target: DatabaseTarget;
  readonly lockTimeoutMs: number;
  readonly appSchema: AppSchema | null;
  readonly dryRun: boolean;
  /** Do not read the whole snapshot before; each block is still checked before its rows are used. */
  readonly skipValidation: boolean;
  /** Take a safety snapshot of a database that holds rows. */
  readonly safety: boolean;
  readonly dropTriggers: boolean;
  /** The database's name as the operator gave it, or null. */
  readonly confirm: string | null;
  readonly askConsent: AskConsent;
  readonly compressionLevel: number | null;
}

export interface RestoreRequest extends RestoreOptions {
  /** See `BackupFolder.find`. */
  readonly reference: string;
  readonly selection: TableSelection;
  readonly policy: ConflictPolicy;
  readonly createSchema: boolean;
  readonly allowSchemaChanges: boolean;
}

export interface RestoreResult {
  readonly command: 'restore' | 'undo';
  /** False when a dry run found that the restore would fail. */
  readonly ok: boolean;
  readonly dryRun: boolean;
  readonly requiresRestart: boolean;
  readonly snapshot: {
    readonly id: string;
    readonly name: string;
    readonly path: string;
    readonly created: string;
  };
  readonly database: { readonly host: string | null; readonly name: string };
  readonly safety: { readonly path: string } | null;
  readonly tables: readonly TableEffect[];
  /** The stored definitions that `--create-schema` runs, in order; empty without it. */
  readonly definition: readonly SchemaStatement[];
  /** What would make the restore fail; only a dry run returns them. */
  readonly failures: readonly PlanFailure[];
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

export interface RestoreSource {
  readonly command: 'restore' | 'undo';
  /** Where the safety snapshot and the record of this restore go. */
  readonly folder: BackupFolder;
  readonly stored: StoredSnapshot;
}
