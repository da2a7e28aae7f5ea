import type { ValidateBackupResult } from '../operations/validate-backup.ts';
import type { Workspace } from './workspace.ts';

/** Reads every byte of a snapshot; `s3:latest` is one on the target `s3`. */
export async function validateOne({ ports }: Workspace, reference: string): Promise<ValidateBackupResult> {
  const { withFetched } = await import('../operations/offsite/fetch.ts');
  const { validateBackup } = await import('../operations/validate-backup.ts');
  return withFetched(ports, reference, (fetched) => validateBackup(fetched, reference));
}
