import type { Writable } from 'node:stream';
import type { DialectName } from '../export/sql-dialect.ts';
import type { ExportSqlResult } from '../operations/export-sql.ts';
import { type ExportTarget, toFile, toStream } from './export-target.ts';
import type { Workspace } from './workspace.ts';

export interface ExportSqlOptions {
  /** The SQL to write; default: that of the snapshot's database. */
  readonly dialect?: DialectName;
  /** The path of a new file, gzipped where its name ends with `.gz`; or a stream, which is left open. */
  readonly output: string | Writable;
}

export interface WrittenSql extends ExportSqlResult {
  /** The absolute path of the file; null of a stream. */
  readonly path: string | null;
}

/** Writes a snapshot as SQL. A file is there only when it is whole; what a stream got is not, after a rejection. */
export async function exportAsSql(
  { ports }: Workspace,
  reference: string,
  { dialect, output }: ExportSqlOptions,
  streamName = 'its stream',
): Promise<WrittenSql> {
  const { exportSql } = await import('../operations/export-sql.ts');
  const target: ExportTarget =
    typeof output === 'string' ? await toFile(output) : toStream(output, streamName);
  try {
    const write = (bytes: Buffer): Promise<void> => target.write(bytes);
    const result = await exportSql(ports, { reference, dialect: dialect ?? null, write });
    await target.finish();
    return { ...result, path: target.path };
  } finally {
    await target.discard();
  }
}
