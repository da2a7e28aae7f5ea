import type { DeleteRequest, DeleteResult } from '../operations/delete-snapshot.ts';
import { runLogged, type Workspace } from './workspace.ts';

export interface DeleteOptions {
  /** The database's name (of a file: its name), or the snapshot's, as consent. */
  readonly confirm?: string;
  /** Say what would be deleted; delete nothing. */
  readonly dryRun?: boolean;
}

/** Deletes one snapshot for good. */
export async function deleteOne(
  workspace: Workspace,
  reference: string,
  options: DeleteOptions,
  ask: DeleteRequest['ask'] = async () => null,
): Promise<DeleteResult> {
  const { deleteSnapshot } = await import('../operations/delete-snapshot.ts');
  const { confirm = null, dryRun = false } = options;
  const request = { reference, confirm, ask, dryRun };
  if (dryRun) return deleteSnapshot(workspace.ports, request);
  return runLogged(workspace, { command: 'delete', subject: reference }, (ports) =>
    deleteSnapshot(ports, request),
  );
}
