import { FileNames } from '../export/file-names.ts';
import { recordsOf } from '../export/record-document.ts';
import { type FormatName, type FormatOptions, recordFormats } from '../export/record-format.ts';
import type { Ports } from '../ports/ports.ts';
import { openSnapshotFile, type SnapshotFile } from '../snapshot/reader.ts';
import { formatTableName } from '../snapshot/table.ts';
import { chooseTables, type TableSelection } from './table-choice.ts';
import { counted } from './take-snapshot.ts';

/** A file of an export, open for writing. */
export interface ExportFile {
  /** Resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

export interface ExportRequest {
  /** See `BackupFolder.find`. */
  readonly reference: string;
  readonly format: FormatName;
  readonly options: FormatOptions;
  readonly selection: TableSelection;
  /** The run history as the text of one more file; null for none. */
  readonly history: string | null;
  /** Opens the next file; the one before has ended. */
  readonly open: (name: string, created: Date) => Promise<ExportFile>;
}

export interface ExportedFile {
  readonly file: string;
  readonly schema: string | null;
  readonly name: string;
  readonly model: string | null;
  readonly rows: number;
}

export interface ExportResult {
  readonly command: 'export';
  readonly ok: true;
  readonly snapshot: {
    readonly id: string;
    readonly name: string;
    readonly path: string;
    readonly created: string;
  };
  readonly format: FormatName;
  readonly files: readonly ExportedFile[];
  /** The file with the run history, or null. */
  readonly history: string | null;
  readonly rows: number;
  readonly durationMs: number;
}

/**
 * Writes the rows of a snapshot, one file for each model. Every block of the snapshot is checked before its rows are
 * written; when this throws, what was written must not be used.
 *
 * @throws AppError SNAPSHOT.*, EXPORT.VALUE, USAGE
 */
export async function exportRows(ports: Ports, request: ExportRequest): Promise<ExportResult> {
  const started = ports.clock.now();
  const stored = await ports.folder.find(request.reference);
  const file = await openSnapshotFile(stored.path, ports.unlock);
  try {
    const names = new FileNames();
    const history = await writeHistory(request, file, names);
    const files = await writeTables(ports, { file, names }, request);
    const { id, name, created } = file.header;
    return {
      command: 'export',
      ok: true,
      snapshot: { id, name, path: stored.path, created },
      format: request.format,
      files,
      history,
      rows: files.reduce((sum, one) => sum + one.rows, 0),
      durationMs: ports.clock.now().getTime() - started.getTime(),
    };
  } finally {
    await file.close();
  }
}

async function writeTables(
  ports: Ports,
  { file, names }: { file: SnapshotFile; names: FileNames },
  request: ExportRequest,
): Promise<readonly ExportedFile[]> {
  const { ending, createLines } = recordFormats[request.format];
  const entries = chooseTables(file.manifest.tables, request.selection);
  ports.progress.phase(
    `writing ${request.format}`,
    entries.reduce((sum, entry) => sum + entry.rows, 0),
  );
  const files: ExportedFile[] = [];
  for (const entry of entries) {
    ports.progress.item(formatTableName(entry));
    const fileName = names.next(entry.model ?? formatTableName(entry), ending);
    const table = await file.tableHead(entry);
    const target = await request.open(fileName, createdOf(file));
    const rows = counted(ports, file.rows(entry));
    for await (const bytes of recordsOf(table, rows, createLines(table, request.options))) {
      await target.write(bytes);
    }
    await target.end();
    const { schema, name, model } = entry;
    files.push({ file: fileName, schema, name, model, rows: entry.rows });
  }
  return files;
}

async function writeHistory(
  { format, history, open }: ExportRequest,
  file: SnapshotFile,
  names: FileNames,
): Promise<string | null> {
  if (history === null) return null;
  const name = names.next('holdfast-history', recordFormats[format].ending);
  const target = await open(name, createdOf(file));
  await target.write(Buffer.from(history, 'utf8'));
  await target.end();
  return name;
}

function createdOf({ header }: SnapshotFile): Date {
  return new Date(header.created);
}
