import { AppError, describeError } from '../errors.ts';
import type { Ports } from '../ports/ports.ts';
import { isDrillDue } from '../retention/due-drill.ts';
import type { AutoRequest, AutoResult } from './auto-request.ts';
import type { DrillResult } from './drilling/request.ts';
import { emptyRunLog, loggedRun } from './logged-run.ts';

/** Restores the newest verified snapshot on trial, where the schedule asks for that, and adds it to the result. */
export async function drillIfDue(
  ports: Ports,
  { schedule, findDrill }: AutoRequest,
  result: AutoResult,
): Promise<AutoResult> {
  if (findDrill === undefined || schedule.drill == null) return result;
  try {
    const last = (await ports.folder.readRuns())?.lastDrill?.finished ?? null;
    if (!isDrillDue(schedule, last, ports.clock.now())) return result;
    const drilled = await loggedRun(
      ports,
      { command: 'drill', schedule, isBackup: false },
      async (logged) => {
        const { drill } = await import('./drill.ts');
        return drill(logged, await findDrill());
      },
    );
    return {
      ...result,
      ok: result.ok && drilled.ok,
      drill: drilled,
      warnings: withFindings(result, drilled),
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'RUN.INTERRUPTED') throw error;
    await noteFailure(ports);
    const warning = `The drill that was due failed: ${describeError(error)}`;
    return { ...result, ok: false, warnings: [...result.warnings, warning] };
  }
}

function withFindings({ warnings }: AutoResult, { findings, snapshot }: DrillResult): readonly string[] {
  return [
    ...warnings,
    ...findings.map(({ check, message }) => `Drill of ${snapshot.name}: ${check}: ${message}`),
  ];
}

/** Else each call of `auto` would try it again. */
async function noteFailure({ folder, clock, progress }: Ports): Promise<void> {
  try {
    const lock = await folder.lock();
    try {
      const runs = (await folder.readRuns()) ?? emptyRunLog;
      const lastDrill = { snapshot: '', finished: clock.now().toISOString(), ok: false };
      await folder.writeRuns({ ...runs, lastDrill });
    } finally {
      await lock.release();
    }
  } catch (error) {
    progress.note(`The failed drill could not be noted: ${describeError(error)}`);
  }
}
