import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { Contestant } from '../../bench/contestants/contestant.ts';
import { sizesOf } from '../../bench/data/tables.ts';
import { createSqlite } from '../../bench/databases/sqlite.ts';
import { measurePair } from '../../bench/measure/alternate.ts';
import { command, step } from '../../bench/measure/command.ts';
import { runSteps } from '../../bench/measure/run.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const folder = useTempFolder();
const { execPath } = process;

describe('a run', () => {
  it('passes what one program writes to the next, to the last byte', async () => {
    const output = join(folder, 'numbers.gz');
    await runSteps([{ pipeline: [command('seq', '1', '200000'), command('gzip', '-1')], to: output }]);
    expect(gunzipSync(readFileSync(output)).toString('utf8').trimEnd().split('\n').at(-1)).toBe('200000');
  });

  it('fails with what the program said when one of a pipeline fails', async () => {
    const failing = command(execPath, '-e', 'console.error("no such thing"); process.exit(3)');
    await expect(runSteps([{ pipeline: [failing, command('gzip')] }])).rejects.toThrow(
      /ended with 3: no such thing/,
    );
  });

  it('counts the memory and the CPU of children of children', async () => {
    const work =
      'const b = Buffer.alloc(150e6, 1); const end = Date.now() + 300; while (Date.now() < end) b[0]++;';
    const parent = `require("node:child_process").execFileSync(process.execPath, ["-e", ${JSON.stringify(work)}])`;
    const usage = await runSteps([step(execPath, '-e', parent)]);
    const nothing = await runSteps([step(execPath, '-e', 'setTimeout(() => 0, 100)')]);
    expect(usage.peakBytes).toBeGreaterThan(150e6);
    expect(usage.cpuSeconds).toBeGreaterThan(0.1);
    expect(nothing.peakBytes).toBeLessThan(100e6);
  });
});

describe('the check of what an output holds', () => {
  const sqlite = createSqlite(folder);
  const racer = (name: string): Contestant => ({
    name,
    steps: [step('true')],
    result: () => sqlite.digest(name),
  });

  it('passes the same rows, and finds one cell that differs', async () => {
    for (const name of ['source', 'same', 'other']) await sqlite.createFull(name, sizesOf(40), 'bigint');
    const file = new Database(join(folder, 'other.db'));
    file.exec(`UPDATE orders SET note = '' WHERE id = (SELECT max(id) FROM orders WHERE note IS NULL)`);
    file.close();
    const measured = await measurePair(
      { id: 'pair', work: 'restore', ours: racer('same'), theirs: racer('other') },
      {
        ...{ rounds: 2, warmUp: true, settle: async () => undefined, say: () => undefined },
        checked: new Map(),
        expected: await sqlite.digest('source'),
      },
    );
    expect([measured.ours.isEqual, measured.theirs.isEqual]).toEqual([true, false]);
    expect(measured.ours.runs).toHaveLength(2);
  });
});
