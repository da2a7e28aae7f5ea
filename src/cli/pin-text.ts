import type { Outcome } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { runLogged, type Session } from './session.ts';
import { printable } from './text-table.ts';

/** Pins or unpins, and presents what came of it. */
export async function presentPin(
  session: Session,
  request: { readonly reference: string; readonly pinned: boolean },
): Promise<Outcome> {
  const { pinSnapshot } = await import('../operations/pin-snapshot.ts');
  const command = request.pinned ? 'pin' : 'unpin';
  const result = await runLogged(session, command, (ports) => pinSnapshot(ports, request));
  const state = request.pinned ? 'pinned' : 'not pinned';
  const text = `${printable(result.snapshot.name)} is ${result.changed ? 'now' : 'already'} ${state}`;
  return { document: result, text, exitCode: exitCodes.done };
}
