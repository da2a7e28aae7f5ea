import type { ShownOutside, ShownRows, ShowResult } from '../operations/show-snapshot.ts';
import type { Workspace } from './workspace.ts';

export interface ShowRowsOptions {
  /** How many rows; default 20. */
  readonly limit?: number;
}

/** How many rows are shown when nothing else is asked for. */
export const usualRowCount = 20;

/** Rows of a snapshot. Cells stand as it encodes them: texts, not numbers that JavaScript would round. */
export interface ShowRowsResult extends Omit<ShownRows, 'rows'> {
  readonly rows: readonly (readonly unknown[])[];
}

/** What a snapshot holds; `s3:latest` is one on the target `s3`. */
export async function showOne({ ports }: Workspace, reference: string): Promise<ShowResult | ShownOutside> {
  const { withFetched } = await import('../operations/offsite/fetch.ts');
  const { showSnapshot } = await import('../operations/show-snapshot.ts');
  return withFetched(ports, reference, (fetched) => showSnapshot(fetched, reference));
}

/** The first rows of one model or table. */
export async function showRowsOf(
  { ports }: Workspace,
  {
    reference,
    tableName,
    limit = usualRowCount,
  }: ShowRowsOptions & {
    readonly reference: string;
    readonly tableName: string;
  },
): Promise<ShownRows> {
  const { withFetched } = await import('../operations/offsite/fetch.ts');
  const { showRows } = await import('../operations/show-snapshot.ts');
  return withFetched(ports, reference, (fetched) => showRows(fetched, reference, { tableName, limit }));
}

export function parseRows({ command, ok, table, rows }: ShownRows): ShowRowsResult {
  return { command, ok, table, rows: rows.map((row) => JSON.parse(row) as unknown[]) };
}
