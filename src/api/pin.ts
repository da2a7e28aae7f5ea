import type { PinResult } from '../operations/pin-snapshot.ts';
import { runLogged, type Workspace } from './workspace.ts';

/** Pins or unpins a snapshot. */
export async function setPin(
  workspace: Workspace,
  request: { readonly reference: string; readonly pinned: boolean },
): Promise<PinResult> {
  const { pinSnapshot } = await import('../operations/pin-snapshot.ts');
  return runLogged(workspace, request.pinned ? 'pin' : 'unpin', (ports) => pinSnapshot(ports, request));
}
