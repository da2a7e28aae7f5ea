import path from 'node:path';

import { expect, it } from 'vitest';
import { makeTempFolder } from '../support/sqlite.ts';
import { type Case, tryCases } from './cases.ts';
import type { CaseResult, FaultClass, TortureRequest } from './fault-class.ts';
import { HeapReader } from './hostile/heap-reader.ts';
import { documentOf, problemsOf, tableOf } from './run/class-report.ts';
import { KeptResults } from './run/kept-results.ts';
import { parseOptions } from './run/options.ts';
import { type RunOptions, runClasses } from './run/run-classes.ts';

const held: CaseResult = { fired: true, violations: [] };
const broken: CaseResult = { fired: true, violations: ['a law is broken'] };

function casesOf(results: readonly CaseResult[], onRun: (name: string) => void = () => {}): Case[] {
  return results.map((result, index) => ({
    name: `case ${index}`,
    async run() {
      onRun(`case ${index}`);
      return result;
    },
  }));
}

function classOf(results: readonly CaseResult[], control: readonly CaseResult[] = [broken]): FaultClass {
  return {
    name: 'made-up',
    title: 'faults of the test',
    whyNot: async () => null,
    run: (request) => tryCases(request, casesOf(results)),
    control: (request) => tryCases(request, casesOf(control)),
  };
}

function options(changes: Partial<RunOptions> = {}): RunOptions {
  const until = Number.POSITIVE_INFINITY;
  return {
    mode: 'full',
    seed: 1,
    until,
    tell: () => {},
    kept: null,
    isResumed: false,
    shard: null,
    ...changes,
  };
}

it('holds when every fault happened, no law broke and the control saw violations', async () => {
  const reports = await runClasses([classOf([held, held])], options());
  expect(documentOf(reports)).toEqual({
    command: 'torture',
    ok: true,
    classes: [{ class: 'made-up', tried: 2, fired: 2, violations: 0, controlViolations: 1, notRun: null }],
  });
});

it.each([
  ['a violation', classOf([held, broken]), '1 violations'],
  ['a fault that did not happen', classOf([held, { fired: false, violations: [] }]), 'did not happen'],
  ['a control that sees nothing', classOf([held], [held]), 'its control found no violation'],
  ['no case at all', classOf([]), 'no case was tried'],
])('fails with %s', async (_what, one, problem) => {
  const reports = await runClasses([one], options());
  expect(documentOf(reports).ok).toBe(false);
  expect(problemsOf(reports[0]!).join()).toContain(problem);
});

it('counts a case that fails by itself as a violation, but not one of a control, which must have eyes', async () => {
  const failing: Case = { name: 'bad', run: () => Promise.reject(new Error('no such table')) };
  const work = (request: TortureRequest) => tryCases(request, [failing]);
  const [report] = await runClasses([{ ...classOf([]), run: work, control: work }], options());
  expect(report).toMatchObject({ tried: 1, fired: 0, violations: 1, controlViolations: 0 });
  expect(report!.samples.join()).toContain('no such table');
});

it('prints a class that the machine forbids as not run, and does not fail for it', async () => {
  const forbidden = { ...classOf([broken]), whyNot: async () => 'strace is not installed' };
  const reports = await runClasses([forbidden], options());
  expect(documentOf(reports).ok).toBe(true);
  expect(tableOf(reports)).toContain('notRun: strace is not installed');
});

it('draws the same shard with the same seed, tries one case at least, and begins none when the time is over', async () => {
  const order = async (seed: number, until: number): Promise<string[]> => {
    const names: string[] = [];
    const cases = casesOf(new Array(20).fill(held), (name) => names.push(name));
    await tryCases({ mode: 'quick', seed, until, isControl: false, tell: () => {} }, cases);
    return names;
  };
  const forever = Number.POSITIVE_INFINITY;
  expect(await order(7, forever)).toEqual(await order(7, forever));
  expect(await order(7, forever)).not.toEqual(await order(8, forever));
  expect(await order(7, 0)).toHaveLength(1);
});

it('goes on with a control that has seen nothing yet, though the time is over', async () => {
  const runs: string[] = [];
  const cases = casesOf([held, held, broken, held], (name) => runs.push(name));
  const one: FaultClass = { ...classOf([held]), control: (request) => tryCases(request, cases) };
  expect(documentOf(await runClasses([one], options({ until: 0 }))).ok).toBe(true);
  expect(runs).toEqual(['case 0', 'case 1', 'case 2']);
});

it('goes on with what is kept, and begins anew without --resume', async () => {
  const kept = new KeptResults(makeTempFolder());
  const runs: string[] = [];
  const cases = casesOf([held, broken, held], (name) => runs.push(name));
  const one: FaultClass = { ...classOf([]), run: (request) => tryCases(request, cases) };
  kept.openCases('made-up', 'run').keep('case 0', held);
  const resumed = await runClasses([one], options({ kept, isResumed: true }));
  expect(runs).toEqual(['case 1', 'case 2']);
  expect(resumed[0]).toMatchObject({ tried: 3, violations: 1 });
  // The class is through now.
  expect(await runClasses([one], options({ kept, isResumed: true }))).toEqual(resumed);
  expect(runs).toHaveLength(2);
  await runClasses([one], options({ kept }));
  expect(runs).toHaveLength(5);
});

it('tries each case in one of the shards, and a run of all takes over what they came to', async () => {
  const kept = new KeptResults(makeTempFolder());
  const runs: string[] = [];
  const cases = casesOf(Array<CaseResult>(40).fill(held), (name) => runs.push(name));
  const one: FaultClass = { ...classOf([]), run: (request) => tryCases(request, cases) };
  for (const number of [1, 2, 3]) {
    const before = runs.length;
    const [report] = await runClasses([one], options({ kept, isResumed: true, shard: { number, of: 3 } }));
    expect(report!.tried).toBe(runs.length - before);
    expect(runs.length - before).toBeGreaterThan(5);
    expect(report!.controlViolations).toBe(1);
  }
  expect(new Set(runs).size).toBe(40);
  expect(await runClasses([one], options({ kept, isResumed: true }))).toMatchObject([{ tried: 40 }]);
  expect(runs).toHaveLength(40);
});

it('takes the day as the seed, and refuses what it does not understand', () => {
  expect(parseOptions([], 86_400_000 * 20_000 + 5)).toMatchObject({ seed: 20_000, mode: 'full' });
  expect(() => parseOptions(['--seed', 'x'], 0)).toThrow('--seed takes a number');
  expect(parseOptions(['--shard', '2/3'], 0)).toMatchObject({ shard: { number: 2, of: 3 } });
  for (const wrong of ['3', '0/2', '3/2', 'x/y'])
    expect(() => parseOptions(['--shard', wrong], 0)).toThrow('--shard takes a part such as 1/3');
  expect(() => parseOptions(['--quick', '--shard', '1/2'], 0)).toThrow('--shard is for a full run');
  expect(() => parseOptions(['--quick', '--resume'], 0)).toThrow('--resume goes on with a full run');
});

it('counts the end of a reader of hostile files as a violation, and reads on', async () => {
  const reader = new HeapReader();
  const heap = { seed: 1, index: 0, reader: 'naive' } as const;
  const folder = makeTempFolder();
  const ended = await reader.read({ ...heap, folder: path.join(folder, 'missing') });
  const found = await reader.read({ ...heap, folder });
  reader.close();
  expect(ended).toEqual(['the process of the reader ended: exit 1']);
  expect(found.join()).toContain('file ');
});
