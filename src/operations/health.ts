import type { Ports } from '../ports/ports.ts';
import { nextDue } from '../retention/periods.ts';
import {
  checkAge,
  checkClock,
  checkFailures,
  checkRestore,
  checkRun,
  checkSchedule,
  checkVerified,
} from './health/backup-checks.ts';
import { checkDrill, lastDrilled } from './health/drill-checks.ts';
import { type HealthFacts, type HealthRequest, readFacts } from './health/facts.ts';
import { checkMode, checkWritable } from './health/folder-checks.ts';
import type { HealthCheck, HealthFinding } from './health/health-finding.ts';
import { checkCopies, checkCopiesVerified, checkEncryption } from './health/offsite-checks.ts';
import { checkLimit, checkRows, checkSize, checkSpace } from './health/size-checks.ts';

export interface HealthResult {
  readonly command: 'health';
  /** True when there is no finding. */
  readonly ok: boolean;
  readonly status: 'healthy' | 'warning' | 'error';
  readonly totalBackups: number;
  readonly totalBytes: number;
  readonly lastBackup: HealthSnapshot | null;
  readonly lastVerified: HealthSnapshot | null;
  /** The snapshot that was last restored and checked by a drill, with when (UTC). */
  readonly lastDrill: (HealthSnapshot & { readonly drilled: string }) | null;
  /** UTC; null when every tier is switched off. */
  readonly nextScheduled: string | null;
  readonly consecutiveFailures: number;
  /** Null when the folder is missing. */
  readonly freeBytes: number | null;
  readonly findings: readonly HealthFinding[];
}

export interface HealthSnapshot {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  readonly rows: number;
  readonly bytes: number;
}

const checks: readonly HealthCheck[] = [
  checkAge,
  checkSchedule,
  checkFailures,
  checkRun,
  checkRestore,
  checkClock,
  checkWritable,
  checkMode,
  checkSpace,
  checkRows,
  checkSize,
  checkLimit,
  checkVerified,
  checkDrill,
  checkCopies,
  checkCopiesVerified,
  checkEncryption,
];

/** Says whether the backups can be relied on. Changes nothing, and needs no database. */
export async function health(ports: Ports, request: HealthRequest): Promise<HealthResult> {
  const facts = await readFacts(ports, request);
  const findings = checks.flatMap((check) => check(facts));
  return {
    command: 'health',
    ok: findings.length === 0,
    status: statusOf(findings),
    ...summarize(facts),
    findings,
  };
}

function statusOf(findings: readonly HealthFinding[]): HealthResult['status'] {
  if (findings.length === 0) return 'healthy';
  return findings.some(({ severity }) => severity === 'error') ? 'error' : 'warning';
}

function summarize(facts: HealthFacts): Omit<HealthResult, 'command' | 'ok' | 'status' | 'findings'> {
  const { snapshots, good, schedule, now, runs, freeBytes } = facts;
  const backups = snapshots.filter(({ sidecar }) => sidecar?.purpose === 'backup');
  return {
    totalBackups: backups.length,
    totalBytes: snapshots.reduce((sum, { bytes }) => sum + bytes, 0),
    lastBackup: describe(backups[0]),
    lastVerified: describe(good[0]),
    lastDrill: describeDrill(snapshots),
    nextScheduled: nextDue(schedule, now)?.toISOString() ?? null,
    consecutiveFailures: runs?.consecutiveFailures ?? 0,
    freeBytes,
  };
}

function describeDrill(snapshots: HealthFacts['snapshots']): HealthResult['lastDrill'] {
  const drilled = lastDrilled(snapshots);
  const described = describe(drilled ?? undefined);
  return described === null ? null : { ...described, drilled: drilled!.sidecar!.drilled! };
}

function describe(snapshot: HealthFacts['snapshots'][number] | undefined): HealthSnapshot | null {
  if (snapshot === undefined || snapshot.sidecar === null) return null;
  const { id, created, rows, bytes } = snapshot.sidecar;
  return { id, name: snapshot.name, created, rows, bytes };
}
