import { isFarBelow, medianOf } from '../../retention/suspicious.ts';
import { countOf, formatBytes, formatCount } from '../../util/bytes.ts';
import type { TableRows } from './facts.ts';
import { finding, type HealthCheck, type HealthFinding } from './health-finding.ts';

/** A snapshot that has grown to so many times the usual size is worth a look. */
const greatestGrowth = 10;

/** Smaller snapshots say nothing by their size. */
const smallestBytes = 10_000;

export const checkSize: HealthCheck = ({ good }) => {
  const [newest, ...earlier] = good.slice(0, 6);
  if (newest === undefined || earlier.length === 0) return [];
  const usual = medianOf(earlier.map(({ bytes }) => bytes));
  if (Math.max(usual, newest.bytes) < smallestBytes) return [];
  const isSmall = isFarBelow(newest.bytes, usual);
  if (!isSmall && newest.bytes < usual * greatestGrowth) return [];
  const message = `${newest.name} has ${formatBytes(newest.bytes)}; the ${countOf(earlier.length, 'snapshot')} before it usually ${formatBytes(usual)}`;
  const hint = 'See which tables changed: holdfast show latest';
  return [finding({ check: 'size.unusual', severity: 'warning', samples: [newest.path], message, hint })];
};

/** Fewer rows than this are no measure: a table of three rows may well be emptied. */
const smallestRows = 10;

export const checkRows: HealthCheck = ({ tables }) => {
  const [newest, ...earlier] = tables;
  if (newest === undefined || earlier.length === 0) return [];
  const now = new Map(newest.map((one) => [one.table, one.rows]));
  return usualRows(earlier).flatMap((usual) => {
    const rows = now.get(usual.table) ?? null;
    return rows === null || usual.rows < smallestRows || !isFarBelow(rows, usual.rows)
      ? []
      : [describeLoss(usual, rows, earlier.length)];
  });
};

/** The middle row count of each table in the earlier snapshots that hold it. */
function usualRows(earlier: readonly (readonly TableRows[])[]): readonly TableRows[] {
  const counts = new Map<string, { model: string | null; rows: number[] }>();
  for (const { table, model, rows } of earlier.flat()) {
    const known = counts.get(table) ?? { model, rows: [] };
    known.rows.push(rows);
    counts.set(table, known);
  }
  return [...counts].map(([table, { model, rows }]) => ({ table, model, rows: medianOf(rows) }));
}

function describeLoss(
  { table, model, rows: usual }: TableRows,
  rows: number,
  compared: number,
): HealthFinding {
  const share = Math.round((1 - rows / usual) * 100);
  const change = rows === 0 ? 'is empty' : `has ${formatCount(rows)} rows, ${share} % fewer`;
  const message = `${model ?? table} ${change} in the newest backup; the ${countOf(compared, 'snapshot')} before it usually held ${formatCount(usual)}`;
  return finding({
    check: 'rows.unusual',
    severity: rows === 0 ? 'error' : 'warning',
    ...{ model, table, message },
    count: usual - rows,
    hint: 'If nobody meant to delete them, keep the older snapshots: holdfast pin <snapshot>; then look at holdfast restore <snapshot> --dry-run',
  });
}

export const checkLimit: HealthCheck = ({ snapshots, maxBytes }) => {
  const large = snapshots.filter(({ bytes }) => bytes > maxBytes);
  const first = large[0];
  if (first === undefined) return [];
  const samples = large.slice(0, 5).map(({ path }) => path);
  const message = `${countOf(large.length, 'snapshot')} ${large.length === 1 ? 'is' : 'are'} beyond ${formatBytes(maxBytes)}, such as ${first.name} with ${formatBytes(first.bytes)}`;
  const hint = 'If that size is right, raise BACKUP_MAX_BYTES';
  return [finding({ check: 'size.limit', severity: 'warning', count: large.length, samples, message, hint })];
};

export const checkSpace: HealthCheck = ({ freeBytes, good, folderPath }) => {
  const newest = good[0];
  if (newest === undefined || freeBytes === null || freeBytes >= 2 * newest.bytes) return [];
  const message = `${folderPath} has ${formatBytes(freeBytes)} free, less than twice the newest backup (${formatBytes(newest.bytes)})`;
  const hint = 'Free space there, or delete old snapshots sooner: holdfast cleanup <days> --dry-run';
  return [finding({ check: 'space.low', severity: 'error', message, hint })];
};
