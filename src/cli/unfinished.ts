import type { Session } from './session.ts';

/** Every command says when a restore was interrupted: the night may have ended before anyone saw it. */
export async function reportUnfinished({ ports, progress }: Session, command: string): Promise<void> {
  if (command === 'undo') return;
  const last = await ports.folder.readLastRestore();
  if (last === null || last.finished !== null) return;
  const left = last.statements.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  progress.note(
    left === ''
      ? `Note: the ${last.command} begun ${last.started} was interrupted; the database is as it was before it, or as it is after it`
      : `Warning: the ${last.command} begun ${last.started} was interrupted and left to put back: ${left}. Run: holdfast undo`,
  );
}
