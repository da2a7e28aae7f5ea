import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeTempFolder } from '../../support/sqlite.ts';
import type { CaseResult } from '../fault-class.ts';
import { type CleanRun, judgeAftermath, runCleanly } from '../stage/laws.ts';
import { naiveScenes } from '../stage/naive.ts';
import type { Scenario } from '../stage/scenario.ts';
import { openStage, type Stage } from '../stage/stage.ts';
import { makeImage, mountImage, unmountIfAny, unmountImage } from './mounts.ts';

/** A stage on a disk of its own, which is a file: a copy of that file is what a power cut leaves. */
export interface PowerRig {
  readonly stage: Stage;
  /** Cuts the power at a share of the command's usual time; null: right when it has ended. */
  cut(scenario: Scenario, share: number | null): Promise<CaseResult>;
  /** The same with a backup that syncs nothing, when it has ended. */
  cutNaively(): Promise<CaseResult>;
  close(): Promise<void>;
}

const imageMegabytes = 32;
/** What a call of the stopped process has begun is then on the disk. */
const settleMs = 60;

interface Usual {
  readonly clean: CleanRun;
  readonly ms: number;
}

export async function openPowerRig(): Promise<PowerRig> {
  const place = makeTempFolder();
  const [disk, image, copy] = ['disk', 'image', 'copy'].map((name) => path.join(place, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(disk);
  makeImage(image, imageMegabytes);
  mountImage(image, disk);
  const stage = await openStage('sqlite', disk);
  const usual = new Map<Scenario, Usual>();

  async function measure(scenario: Scenario): Promise<Usual> {
    const clean = await runCleanly(stage, scenario);
    await stage.reset(scenario);
    const begun = performance.now();
    await stage.start(scenario.argv).ended;
    return { clean, ms: performance.now() - begun };
  }

  async function prepare(scenario: Scenario): Promise<Usual> {
    const known = usual.get(scenario) ?? (await measure(scenario));
    usual.set(scenario, known);
    await stage.reset(scenario);
    execFileSync('sync', ['-f', disk]);
    return known;
  }

  /** Looks at the disk as the cut has left it; then puts the good one back. */
  async function judgeCopy(scenario: Scenario, clean: CleanRun, stdout: string): Promise<string[]> {
    await unmountImage(image, disk);
    mountImage(copy, disk);
    try {
      return await judgeAftermath(stage, { scenario, clean, stdout });
    } finally {
      await unmountImage(copy, disk);
      mountImage(image, disk);
    }
  }

  return {
    stage,
    async cut(scenario, share) {
      const { clean, ms } = await prepare(scenario);
      const running = stage.start(scenario.argv);
      if (share !== null) await Promise.race([sleep(share * ms), running.ended]);
      else await running.ended;
      const isRunning = spawnSync('kill', ['-STOP', String(running.pid)]).status === 0;
      if (isRunning) await sleep(settleMs);
      execFileSync('cp', ['--sparse=always', image, copy]);
      if (isRunning) spawnSync('kill', ['-KILL', String(running.pid)]);
      const { stdout } = await running.ended;
      return { fired: true, violations: await judgeCopy(scenario, clean, stdout) };
    },
    async cutNaively() {
      const { scenario, traced } = naiveScenes(stage).find(({ scenario: one }) => one.command === 'backup')!;
      const { clean } = await prepare(scenario);
      const [program = '', ...args] = traced.command;
      const env = { ...traced.env, HOLDFAST_TEST_NO_FSYNC: '1' };
      const stdout = execFileSync(program, args, { cwd: '/', env, encoding: 'utf8' });
      execFileSync('cp', ['--sparse=always', image, copy]);
      return { fired: true, violations: await judgeCopy(scenario, clean, stdout) };
    },
    async close() {
      await stage.close();
      unmountIfAny(disk);
    },
  };
}
