import type { StoredSnapshot } from '../../ports/backup-folder.ts';
import { formatInstant, formatSpan } from '../../util/time-text.ts';
import { finding, type HealthCheck } from './health-finding.ts';

/** A drill is made each week where the schedule asks for it; one may be missed. */
const longestMs = 15 * 86_400_000;

/** The snapshot whose drill is the latest; null when there was none. */
export function lastDrilled(snapshots: readonly StoredSnapshot[]): StoredSnapshot | null {
  const drilled = snapshots.filter(({ sidecar }) => sidecar?.drilled != null);
  return drilled.toSorted((a, b) => (a.sidecar!.drilled! < b.sidecar!.drilled! ? 1 : -1))[0] ?? null;
}

export const checkDrill: HealthCheck = ({ snapshots, good, schedule, runs, now }) => {
  const last = runs?.lastDrill;
  const hint = 'Restore one on trial, and see what it says: holdfast drill';
  if (last !== undefined && !last.ok) {
    const what = last.snapshot === '' ? '' : ` of ${last.snapshot}`;
    const message = `The last drill${what}, ended ${formatInstant(new Date(last.finished))}, did not pass`;
    return [finding({ check: 'drill.failed', severity: 'error', message, hint })];
  }
  if (schedule.drill == null) return [];
  // Before the first one a new folder has its time, too.
  const since = lastDrilled(snapshots)?.sidecar?.drilled ?? good.at(-1)?.sidecar.created;
  const ageMs = since === undefined ? 0 : now.getTime() - Date.parse(since);
  if (ageMs <= longestMs) return [];
  const message = `No snapshot was restored on trial for ${formatSpan(ageMs)}, and the schedule asks for it weekly`;
  return [finding({ check: 'drill.old', severity: 'warning', message, hint })];
};
