import type { VerifyRemoteResult } from '../operations/verify-remote.ts';
import type { Workspace } from './workspace.ts';

export interface VerifyRemoteOptions {
  /** The copy to read: a name, the beginning of an id, or `latest`; default: the newest. */
  readonly snapshot?: string;
  /** Only this target. */
  readonly target?: string;
  /** Every copy, not only the newest. */
  readonly all?: boolean;
}

/** Reads copies back from their targets, and checks every byte. */
export async function verifyCopies(
  { ports }: Workspace,
  { snapshot, target, all = false }: VerifyRemoteOptions,
): Promise<VerifyRemoteResult> {
  const { verifyRemote } = await import('../operations/verify-remote.ts');
  return verifyRemote(ports, { reference: snapshot ?? null, target: target ?? null, isAll: all });
}
