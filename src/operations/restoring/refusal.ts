import { AppError, InternalError } from '../../errors.ts';
import type { PlanFailure } from './plan.ts';
import type { RestoreRequest } from './request.ts';

/** Why a restore that would fail is not begun; `failures` has at least one. */
export function refusal(failures: readonly PlanFailure[], request: RestoreRequest): AppError {
  const [first] = failures;
  if (first === undefined) throw new InternalError('a refusal without a reason');
  const message = `The restore would fail, so nothing was changed: ${failures.map((failure) => failure.message).join('; ')}`;
  if (first.kind === 'foreign key') {
    return new AppError('RESTORE.ORPHANS', message, {
      hint: 'Restore both tables together: name them all in --only, or leave it out',
    });
  }
  return new AppError('RESTORE.CONFLICT', message, { hint: wayOutOf(first, request) });
}

function wayOutOf({ kind }: PlanFailure, { policy }: RestoreRequest): string {
  if (kind === 'not null' || policy === 'replace')
    return "Bring the database to the snapshot's schema first (prisma migrate), or leave the table out with --exclude";
  const others = {
    fail: '; to keep present rows add --on-conflict skip; to replace only those in conflict add --on-conflict overwrite',
    overwrite: '; to keep present rows add --on-conflict skip',
    skip: '',
  };
  return `To put the snapshot in place of the present rows add --clear-existing${others[policy]}`;
}
