import path from 'node:path';
import { AppError } from '../../errors.ts';
import type { BackupFolder } from '../../ports/backup-folder.ts';
import type { Ports } from '../../ports/ports.ts';
import { makeName } from '../../snapshot/name.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { RestoreRequest } from './request.ts';

/**
 * What to do when the target cannot be read at all. Of a damaged file the bytes are saved first: whatever the operator
 * does next, they may still be wanted.
 */
export async function explainUnreadable(
  ports: Ports,
  { folder, request, error }: { folder: BackupFolder; request: RestoreRequest; error: unknown },
): Promise<unknown> {
  if (!(error instanceof AppError)) return error;
  if (isWithoutDatabase(error)) return withoutDatabase(error);
  if (error.code !== 'DATABASE.CORRUPT' || request.dryRun) return error;
  const baseName = `raw-${makeName({ tier: null, isSafety: true, created: ports.clock.now() })}`;
  const copies = await ports.engines.copyRaw(request.target, {
    folder: folder.path,
    baseName,
    seal: ports.seal,
  });
  if (copies === null) return error;
  const file = request.target.file ?? '';
  const names = copies.map((copy) => path.basename(copy));
  const moves = ['', '-wal', '-shm', '-journal'].filter((end) =>
    names.some((name) => name === `${baseName}${end}` || name === `${baseName}${end}.age`),
  );
  const commands = moves
    .map((end) => `mv ${shellWord(`${file}${end}`)} ${shellWord(`${file}${end}.damaged`)}`)
    .join(' && ');
  return new AppError(error.code, `${error.message}; its bytes were saved to ${copies.join(', ')}`, {
    hint: `Move the damaged file away (${commands}), then run: holdfast restore latest --create-schema`,
    cause: error,
  });
}

/** Whether there is no database at all, or nothing in its file. */
export function isWithoutDatabase(error: unknown): boolean {
  return error instanceof AppError && ['DATABASE.NOT_FOUND', 'DATABASE.EMPTY_FILE'].includes(error.code);
}

function withoutDatabase(error: AppError): AppError {
  const ways =
    'To restore into a new database run: npx prisma migrate deploy, then restore again; or add --create-schema';
  return new AppError(error.code, error.message, {
    hint: error.hint === undefined ? ways : `${error.hint}. ${ways}`,
    cause: error,
  });
}
