import path from 'node:path';
import { AppError } from '../errors.ts';
import type {
  CheckedData,
  Report,
  ReportCleanup,
  ReportData,
  ReportError,
  ReportFinding,
} from '../export/report.ts';
import { renderReport } from '../export/report-html/page.ts';
import type { DatabaseIdentity } from '../ports/database.ts';
import type { Ports } from '../ports/ports.ts';
import { reportNames } from '../snapshot/name.ts';
import { type CleanupRequest, cleanup } from './cleanup.ts';
import type { HealthRequest } from './health/facts.ts';
import { type HealthResult, health } from './health.ts';
import { countHeld, describeSnapshots } from './reporting/describe-snapshots.ts';
import { readHistory } from './reporting/read-history.ts';
import { writeNewFile } from './reporting/write-new-file.ts';
import type { ValidateDataResult } from './validate-data.ts';

export interface ReportRequest {
  readonly health: HealthRequest;
  readonly cleanup: Pick<CleanupRequest, 'policy' | 'policyFaults' | 'schedule'>;
  /** Checks the live data; null when that is not wanted. What it throws becomes a part of the report. */
  readonly validate: (() => Promise<ValidateDataResult>) | null;
  /** How many of the newest backups the plots show. */
  readonly last: number;
  /** From which severity on the report is not ok. */
  readonly failOn: ReportFinding['severity'];
  /** Where the files go; null for the backup folder. */
  readonly out: string | null;
}

export interface ReportResult extends Report {
  /** Absolute paths of what was written. */
  readonly files: { readonly json: string; readonly html: string };
}

/**
 * Collects what is known of the data and of the backups, and writes it as a JSON document and as a page. A database
 * that cannot be checked, or a policy that cannot be used, is said in the report. Changes nothing else.
 *
 * @throws AppError FOLDER.*
 */
export async function report(ports: Ports, request: ReportRequest): Promise<ReportResult> {
  const document = await collect(ports, request);
  const folder = path.resolve(request.out ?? ports.folder.path);
  const created = new Date(document.created);
  const text = `${JSON.stringify(document, null, 2)}\n`;
  const json = await writeNewFile(folder, () => reportNames(created, '.json'), text);
  const html = await writeNewFile(folder, () => reportNames(created, '.html'), renderReport(document));
  return { ...document, files: { json: path.join(folder, json), html: path.join(folder, html) } };
}

async function collect(ports: Ports, request: ReportRequest): Promise<Report> {
  const checked = await checkData(ports, request.validate);
  const state = await health(ports, request.health);
  const plan = await planCleanup(ports, request.cleanup);
  const stored = await ports.folder.list();
  const snapshots = describeSnapshots(stored, plan.paths);
  return {
    command: 'report',
    ok: isOk({ data: checked.data, state, cleanup: plan.cleanup }, request.failOn),
    created: ports.clock.now().toISOString(),
    tool: ports.tool,
    folder: ports.folder.path,
    database: stored.find(({ sidecar }) => sidecar !== null)?.sidecar?.database ?? checked.database,
    data: checked.data,
    health: describeHealth(state, request.health),
    snapshots,
    held: countHeld(snapshots),
    history: await readHistory(ports, stored, request.last),
    cleanup: plan.cleanup,
  };
}

interface DataState {
  readonly data: ReportData;
  readonly database: DatabaseIdentity | null;
}

async function checkData(ports: Ports, validate: ReportRequest['validate']): Promise<DataState> {
  if (validate === null) return { data: { status: 'skipped' }, database: null };
  try {
    const result = await validate();
    return { data: describeChecks(result), database: result.database };
  } catch (error) {
    ports.signal?.throwIfAborted();
    return { data: { status: 'failed', error: errorOf(error) }, database: null };
  }
}

function describeChecks({ counts, findings, warnings, durationMs }: ValidateDataResult): CheckedData {
  const { checks, unfinished, tables } = counts;
  return { status: 'checked', checks, unfinished, tables, findings, warnings, durationMs };
}

async function planCleanup(
  ports: Ports,
  request: ReportRequest['cleanup'],
): Promise<{ cleanup: ReportCleanup; paths: ReadonlySet<string> }> {
  try {
    const plan = await cleanup(ports, { ...request, dryRun: true, trustClock: false });
    const removed = plan.decisions.filter(({ action }) => action === 'remove');
    return {
      cleanup: {
        status: 'planned',
        policy: plan.policy,
        kept: plan.kept,
        removed: removed.map(({ name, created, bytes, reason }) => ({ name, created, bytes, reason })),
        freedBytes: plan.freedBytes,
        warnings: plan.warnings,
      },
      paths: new Set(removed.map((decision) => decision.path)),
    };
  } catch (error) {
    ports.signal?.throwIfAborted();
    return { cleanup: { status: 'failed', error: errorOf(error) }, paths: new Set() };
  }
}

/** What the operator can act on; everything else is thrown on. */
function errorOf(error: unknown): ReportError {
  if (!(error instanceof AppError)) throw error;
  return { code: error.code, message: error.message, hint: error.hint ?? null };
}

function describeHealth(
  { status, lastBackup, lastVerified, nextScheduled, totalBytes, freeBytes, findings }: HealthResult,
  { maxAgeMs }: HealthRequest,
): Report['health'] {
  return { status, lastBackup, lastVerified, maxAgeMs, nextScheduled, totalBytes, freeBytes, findings };
}

interface Verdicts {
  readonly data: ReportData;
  readonly state: HealthResult;
  readonly cleanup: ReportCleanup;
}

function isOk({ data, state, cleanup }: Verdicts, failOn: ReportFinding['severity']): boolean {
  if (data.status === 'failed' || cleanup.status === 'failed') return false;
  const findings = [...(data.status === 'checked' ? data.findings : []), ...state.findings];
  return !findings.some(({ severity }) => severity === 'error' || severity === failOn);
}
