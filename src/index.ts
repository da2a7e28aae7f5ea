/** The public API: the operations behind the commands, and what they need. */
export { openPorts, readVersion, systemClock } from './app.ts';
export { findDatabase } from './config/find-database.ts';
export { loadPrismaSchema } from './config/load-prisma-schema.ts';
export { loadSettings } from './config/load-settings.ts';
export { AppError, type ErrorCode, errorCodes, InternalError } from './errors.ts';
export { type BackupRequest, type BackupResult, backup } from './operations/backup.ts';
export type { Finding } from './operations/finding.ts';
export { type ListResult, listSnapshots } from './operations/list-snapshots.ts';
export { restore } from './operations/restore.ts';
export type { RestoreOptions, RestoreRequest, RestoreResult } from './operations/restoring/request.ts';
export { type ShowResult, showRows, showSnapshot } from './operations/show-snapshot.ts';
export { undo } from './operations/undo.ts';
export { type ValidateBackupResult, validateBackup } from './operations/validate-backup.ts';
export type { Clock, DatabaseTarget, Ports, Progress } from './ports.ts';
