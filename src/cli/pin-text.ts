import { setPin } from '../api/pin.ts';
import type { Outcome } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import type { Session } from './session.ts';
import { printable } from './text-table.ts';

/** Pins or unpins, and presents what came of it. */
export async function presentPin(
  session: Session,
  request: { readonly reference: string; readonly pinned: boolean },
): Promise<Outcome> {
  const result = await setPin(session, request);
  const state = request.pinned ? 'pinned' : 'not pinned';
  const text = `${printable(result.snapshot.name)} is ${result.changed ? 'now' : 'already'} ${state}`;
  return { document: result, text, exitCode: exitCodes.done };
}
