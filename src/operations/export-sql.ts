import type { DialectName } from '../export/sql-dialect.ts';
import { chooseDialect } from '../export/sql-dialects.ts';
import { sqlOf } from '../export/sql-document.ts';
import type { Ports } from '../ports/ports.ts';
import { openSnapshotFile } from '../snapshot/reader.ts';
import { formatTableName, type LeftOut } from '../snapshot/table.ts';

export interface ExportSqlRequest {
  /** See `BackupFolder.find`. */
  readonly reference: string;
  /** Null for that of the database the snapshot is of. */
  readonly dialect: DialectName | null;
  /** Takes the text piece by piece; resolves when there is room for more. */
  readonly write: (bytes: Buffer) => Promise<void>;
}

export interface ExportSqlResult {
  readonly command: 'export-sql';
  readonly ok: true;
  readonly snapshot: {
    readonly id: string;
    readonly name: string;
    readonly path: string;
    readonly created: string;
  };
  readonly dialect: DialectName;
  /** The command that loads the text. */
  readonly client: string;
  readonly tables: number;
  readonly rows: number;
  /** Of the text. */
  readonly bytes: number;
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

/**
 * Writes a snapshot as SQL for the database's own client. Every block of the snapshot is checked before its rows are
 * written; when this throws, what was written must not be used.
 *
 * @throws AppError SNAPSHOT.*, EXPORT.*
 */
export async function exportSql(ports: Ports, request: ExportSqlRequest): Promise<ExportSqlResult> {
  const started = ports.clock.now();
  const stored = await ports.folder.find(request.reference);
  const file = await openSnapshotFile(stored.path, ports.unlock);
  try {
    const { header, manifest } = file;
    const dialect = chooseDialect(header, request.dialect);
    ports.progress.phase('writing SQL', manifest.rows);
    let bytes = 0;
    for await (const piece of sqlOf({
      file,
      dialect,
      onTable: (entry) => ports.progress.item(formatTableName(entry)),
      onRows: (rows) => ports.progress.advance(rows),
    })) {
      ports.signal?.throwIfAborted();
      bytes += piece.length;
      await request.write(piece);
    }
    return {
      command: 'export-sql',
      ok: true,
      snapshot: { id: header.id, name: header.name, path: stored.path, created: header.created },
      dialect: dialect.name,
      client: dialect.client,
      tables: manifest.tables.length,
      rows: manifest.rows,
      bytes,
      leftOut: header.leftOut,
      warnings: warningsOf(header.partial, dialect.isOf(header.serverVersion)),
      durationMs: ports.clock.now().getTime() - started.getTime(),
    };
  } finally {
    await file.close();
  }
}

function warningsOf(isPartial: boolean, isOwnServer: boolean): readonly string[] {
  return [
    ...(isPartial
      ? [
          'The snapshot holds only some of the tables: the others will be empty, and keys that point to their rows may be refused',
        ]
      : []),
    ...(isOwnServer ? [] : ['MariaDB and MySQL state some tables in ways that the other one refuses']),
  ];
}
