import type { Ports } from '../../ports/ports.ts';
import { formatIdentity } from '../identity.ts';
import { requireConsent } from './consent.ts';
import { type Decision, decide, definitionOf, type RestoreRun } from './decision.ts';
import { effectOf, failuresOf } from './plan.ts';
import { refusal } from './refusal.ts';
import type { RestoreRequest, RestoreResult } from './request.ts';
import { takeSafety } from './safety-snapshot.ts';
import { write } from './write.ts';

/** The restore of one open, verified snapshot into one open database. */
export async function runRestore(
  ports: Ports,
  run: RestoreRun,
  request: RestoreRequest,
): Promise<RestoreResult> {
  const started = ports.clock.now();
  const decision = await decide(ports, run, request);
  const failures = failuresOf(decision.plan);
  const effects = decision.plan.tables.map(effectOf);
  const result = (done: Partial<RestoreResult>): RestoreResult => ({
    ...describeRun(run, request),
    ok: true,
    safety: null,
    definition: definitionOf(run, request),
    tables: effects,
    failures: [],
    warnings: decision.warnings,
    durationMs: ports.clock.now().getTime() - started.getTime(),
    ...done,
  });
  if (request.dryRun) return result({ ok: failures.length === 0, failures });
  if (failures.length > 0) throw refusal(failures, request);
  await askFirst(run, request, decision);
  const safety = await takeSafety(ports, run, request, decision);
  const warnings = await write(ports, run, request, { ...decision, safety, effects });
  return result({
    safety: safety === null ? null : { path: safety.path },
    warnings: [...decision.warnings, ...warnings],
  });
}

function describeRun({ command, file, database }: RestoreRun, { dryRun }: RestoreRequest) {
  const { id, name, created } = file.header;
  const { host, name: databaseName } = database.identity;
  return {
    command,
    dryRun,
    requiresRestart: !dryRun,
    snapshot: { id, name, path: file.path, created },
    database: { host, name: databaseName },
  };
}

async function askFirst(run: RestoreRun, request: RestoreRequest, decision: Decision): Promise<void> {
  const needsConsent = !decision.state.isEmpty || !request.safety;
  if (!needsConsent) return;
  const { name, created } = run.file.header;
  await requireConsent(
    {
      command: run.command,
      snapshot: { name, created },
      database: formatIdentity(run.database.identity),
      confirmName: run.database.confirmName,
      tables: decision.plan.tables.map(effectOf),
      warnings: decision.warnings,
    },
    { confirm: request.confirm, ask: request.askConsent },
  );
}
