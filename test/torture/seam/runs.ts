import path from 'node:path';
import type { CliResult } from '../../support/cli.ts';
import type { CaseResult } from '../fault-class.ts';
import { type CleanRun, judgeAftermath, runCleanly } from '../stage/laws.ts';
import type { Scenario } from '../stage/scenario.ts';
import type { Stage } from '../stage/stage.ts';
import { installSeam } from './install.ts';
import { Seam, type SeamKind, type SeamPlan } from './seam.ts';

const start = new Date('2026-06-01T12:00:00Z');
const hangMs = 60_000;

/** A stage whose runs happen in this process, with the seam under them. */
export interface SeamStage {
  readonly stage: Stage;
  /** How often a run without a fault uses each kind. */
  count(scenario: Scenario): Promise<ReadonlyMap<SeamKind, number>>;
  /** Runs the scenario with the faults of each plan, one run after the other; then judges what is left. */
  attack(scenario: Scenario, plans: readonly SeamPlan[]): Promise<CaseResult>;
  /** The same with other work in place of the program. */
  attackWork(scenario: Scenario, plan: SeamPlan, work: () => Promise<unknown>): Promise<CaseResult>;
  /** Takes the seam out again; the stage stays. */
  close(): Promise<void>;
}

export async function openSeamStage(stage: Stage): Promise<SeamStage> {
  const seam = new Seam();
  const former = process.env['TMPDIR'];
  process.env['TMPDIR'] = path.join(stage.rig.folder, 'tmp');
  const uninstall = await installSeam(seam, stage.rig.folder, start);
  const crashes: string[] = [];
  const onCrash = (error: unknown): void => void crashes.push(String((error as Error)?.stack ?? error));
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
  const cleanRuns = new Map<Scenario, CleanRun>();
  const cleanOf = async (scenario: Scenario): Promise<CleanRun> => {
    const clean = cleanRuns.get(scenario) ?? (await runCleanly(stage, scenario));
    cleanRuns.set(scenario, clean);
    return clean;
  };
  const judge = async (scenario: Scenario, result: CliResult): Promise<string[]> => [
    ...judgeExit(result),
    ...crashes.splice(0).map((text) => `crash: ${text}`),
    ...(await judgeAftermath(stage, {
      scenario,
      clean: await cleanOf(scenario),
      stdout: result.stdout,
      runNext: (argv) => stage.rig.run(...argv),
      isProcessAlive: true,
    })),
  ];
  return {
    stage,
    async count(scenario) {
      await stage.reset(scenario);
      const { result, counts } = await seam.watch(null, () => stage.rig.run(...scenario.argv));
      if (result.exitCode !== 0) throw new Error(`${scenario.command}: ${result.stdout}${result.stderr}`);
      return counts;
    },
    async attack(scenario, plans) {
      await cleanOf(scenario);
      await stage.reset(scenario);
      let allFired = true;
      let last: CliResult | null = null;
      const violations: string[] = [];
      for (const plan of plans) {
        if (last !== null) violations.push(...judgeExit(last));
        const run = seam.watch(plan, () => stage.rig.run(...scenario.argv));
        const { result, fired } = await withinTime(run);
        // The second of two may come after a first run that had already done everything.
        allFired &&= fired > 0 || last !== null;
        last = result;
      }
      // A run that is shorter than the one that was counted: the clean run at the end of the loop, and no case.
      if (!allFired) return { fired: true, violations, cases: 0 };
      return { fired: true, violations: [...violations, ...(await judge(scenario, last!))] };
    },
    async attackWork(scenario, plan, work) {
      await cleanOf(scenario);
      await stage.reset(scenario);
      const { fired } = await seam.watch(plan, () => work().catch(() => undefined));
      return { fired: fired > 0, violations: await judge(scenario, { exitCode: 2, stdout: '', stderr: '' }) };
    },
    async close() {
      uninstall();
      process.off('uncaughtException', onCrash);
      process.off('unhandledRejection', onCrash);
      if (former === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = former;
    },
  };
}

/** A fault of the outside is no bug of the program, and has a cause that can be named. */
function judgeExit({ exitCode, stdout, stderr }: CliResult): string[] {
  if (exitCode === 1) return [`taken for a bug of the program: ${stdout}${stderr.slice(0, 600)}`];
  if ([0, 2, 4, 5].includes(exitCode)) return [];
  return [`exit ${exitCode}: ${stdout}${stderr.slice(0, 300)}`];
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the run hangs for ${hangMs / 1000} s`)), hangMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
