import path from 'node:path';
import type { FormatName } from '../export/record-format.ts';
import type { ExportResult } from '../operations/export-rows.ts';
import type { HistoryResult } from '../operations/history.ts';
import { formatHistory } from '../operations/history-csv.ts';
import { toPlace } from './export-place.ts';
import { readHistory } from './history.ts';
import type { Workspace } from './workspace.ts';

export interface ExportOptions {
  readonly format: FormatName;
  /** A folder that is new or empty, or a new file that ends with `.zip`; default: a folder named after the snapshot. */
  readonly output?: string;
  /** Only these models or tables. */
  readonly only?: readonly string[];
  /** All but these models or tables. */
  readonly exclude?: readonly string[];
  /** Also the history of runs, as one more file. */
  readonly withHistory?: boolean;
  /** CSV for spreadsheets: an apostrophe in front of what would be a formula. */
  readonly formulaSafe?: boolean;
}

export interface WrittenExport extends ExportResult {
  /** The absolute path of the folder or the archive. */
  readonly path: string;
}

/** Writes the rows of a snapshot, one file for each model; all of them, or none. */
export async function exportRecords(
  workspace: Workspace,
  reference: string,
  options: ExportOptions & { readonly cwd: string },
): Promise<WrittenExport> {
  const { exportRows } = await import('../operations/export-rows.ts');
  const { ports } = workspace;
  const { format, output, only = [], exclude = [], formulaSafe = false, withHistory = false } = options;
  const history = withHistory ? await historyText(workspace, format) : null;
  const name = output ?? `${(await ports.folder.find(reference)).name}-${format}`;
  const place = await toPlace(path.resolve(options.cwd, name));
  try {
    const result = await exportRows(ports, {
      ...{ reference, format, history },
      options: { formulaSafe },
      selection: { only, exclude },
      open: place.open,
    });
    await place.finish();
    return { ...result, path: place.path };
  } finally {
    await place.discard();
  }
}

/** Every run, in the format of the export. */
async function historyText(workspace: Workspace, format: FormatName): Promise<string> {
  return historyTexts[format](await readHistory(workspace, { limit: null }));
}

const historyTexts: Readonly<Record<FormatName, (result: HistoryResult) => string>> = {
  csv: formatHistory,
  ndjson: ({ runs }) => runs.map((run) => `${JSON.stringify(run)}\n`).join(''),
};
