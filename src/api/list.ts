import type { ListResult } from '../operations/list-snapshots.ts';
import type { Workspace } from './workspace.ts';

export interface ListOptions {
  /** What is on the targets, too. */
  readonly all?: boolean;
}

/** The snapshots of the backup folder, the newest first. */
export async function listAll({ ports }: Workspace, { all = false }: ListOptions): Promise<ListResult> {
  const { listEverywhere, listSnapshots } = await import('../operations/list-snapshots.ts');
  return all ? listEverywhere(ports) : listSnapshots(ports);
}
