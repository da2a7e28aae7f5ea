import { AppError } from '../../errors.ts';
import type { Ports } from '../../ports/ports.ts';
import { shellWord } from '../../util/shell-word.ts';
import { everyTable, isPartial } from '../table-choice.ts';
import { type TakenSnapshot, takeSnapshot } from '../take-snapshot.ts';
import { type Decision, type RestoreRun, scopeOf } from './decision.ts';
import type { RestoreRequest } from './request.ts';

/**
 * A verified snapshot of what is about to change, and of no other table: an undo must not take back what the
 * application wrote elsewhere meanwhile. Null for an empty target or with --no-safety.
 */
export async function takeSafety(
  ports: Ports,
  run: RestoreRun,
  request: RestoreRequest,
  decision: Decision,
): Promise<TakenSnapshot | null> {
  if (decision.state.isEmpty || !request.safety) return null;
  ports.progress.phase('taking a safety snapshot', null);
  const exact = decision.chosen.map(({ table }) => table);
  const isWhole = !run.file.header.partial && !isPartial(request.selection);
  const selection = isWhole ? everyTable : { ...everyTable, exact };
  try {
    return await takeSnapshot(
      ports,
      { database: run.database, folder: run.folder },
      {
        scope: scopeOf(run, request),
        selection,
        appSchema: request.appSchema,
        purpose: 'safety',
        before: { command: run.command, snapshot: run.file.header.id },
        name: null,
        tier: null,
        description: `Before ${run.command} of ${run.file.header.name}`,
        tags: [],
        compressionLevel: request.compressionLevel,
      },
    );
  } catch (error) {
    throw withoutSafety(error, run);
  }
}

/** The same failure, as one that kept the safety snapshot from being taken. */
export function withoutSafety(
  error: unknown,
  { database, command }: Pick<RestoreRun, 'database' | 'command'>,
): unknown {
  const isOther = error instanceof AppError && ['DATABASE.CORRUPT', 'RUN.INTERRUPTED'].includes(error.code);
  if (!(error instanceof AppError) || isOther) return error;
  return new AppError(
    'RESTORE.SAFETY',
    `No safety snapshot could be taken, so nothing was changed: ${error.message}`,
    {
      hint: `${error.hint ?? ''} To go without one run: holdfast ${command} … --no-safety --confirm ${shellWord(database.confirmName)}`.trim(),
      cause: error,
    },
  );
}
