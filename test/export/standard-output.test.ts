import { Readable, Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { mustRun } from '../e2e/rigs/rig.ts';
import { openSqliteRig } from '../e2e/rigs/sqlite-rig.ts';
import { errorOf } from '../support/cli.ts';

async function openShop(): Promise<ReturnType<typeof openSqliteRig>> {
  const rig = openSqliteRig();
  await rig.execute(
    'CREATE TABLE t (a TEXT)',
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
     INSERT INTO t SELECT hex(zeroblob(500)) FROM n`,
  );
  await mustRun(rig, 'backup');
  return rig;
}

/** Runs `export-sql latest` into a stream that takes so many pieces. */
async function exportInto(
  rig: ReturnType<typeof openSqliteRig>,
  { pieces, delayMs }: { readonly pieces: number; readonly delayMs: number },
): Promise<{ readonly exitCode: number; readonly stderr: string; readonly mostWaiting: number }> {
  let left = pieces;
  let mostWaiting = 0;
  const stdout = new Writable({
    write(_bytes, _encoding, done) {
      mostWaiting = Math.max(mostWaiting, stdout.writableLength);
      const error = left-- > 0 ? null : Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
      setTimeout(() => done(error), delayMs);
    },
  });
  let stderr = '';
  const told = new Writable({
    write(bytes, _encoding, done) {
      stderr += String(bytes);
      done();
    },
  });
  const io = {
    stdout,
    stderr: told,
    stdin: Readable.from([]),
    isTerminal: false,
    cwd: rig.folder,
    env: rig.env,
  };
  return { exitCode: await run(['export-sql', 'latest'], io), stderr, mostWaiting };
}

it('exits 2 when the reader of standard output has gone', async () => {
  const rig = await openShop();
  const { exitCode, stderr } = await exportInto(rig, { pieces: 2, delayMs: 0 });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('Cannot write the export to standard output: write EPIPE [FOLDER.IO]');
});

it('waits for a slow reader, and keeps no more than a piece for it', async () => {
  const rig = await openShop();
  const { exitCode, mostWaiting } = await exportInto(rig, { pieces: 10_000, delayMs: 5 });
  expect(exitCode).toBe(0);
  expect(mostWaiting).toBeLessThan(1 << 19);
});

it('wants a file for the SQL when standard output is for JSON', async () => {
  const rig = await openShop();
  expect(errorOf(await rig.run('export-sql', 'latest', '--json')).code).toBe('USAGE');
});

it('refuses the language of another kind of database, and says what to do', async () => {
  const rig = await openShop();
  const refused = await rig.run('export-sql', 'latest', '--dialect', 'postgresql', '-o', 'x.sql', '--json');
  expect(errorOf(refused)).toMatchObject({
    code: 'EXPORT.DIALECT',
    hint: expect.stringContaining('holdfast export'),
  });
});
