import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireRunLock } from '../../src/host/run-lock.ts';
import { makeTempFolder } from '../support/sqlite.ts';

describe('the run lock', () => {
  it('is held by one at a time, and free after its release', async () => {
    const file = path.join(makeTempFolder(), '.holdfast.lock');
    const lock = await acquireRunLock(file);
    await expect(acquireRunLock(file)).rejects.toMatchObject({ code: 'RUN.LOCKED' });
    await lock.release();
    await (await acquireRunLock(file)).release();
  });

  it('is not refused because another run is just being refused', async () => {
    const file = path.join(makeTempFolder(), '.holdfast.lock');
    const { ended } = await shareBriefly(file);
    await (await acquireRunLock(file)).release();
    await ended;
  });

  it('says of a broken lock file that it may be removed', async () => {
    const file = path.join(makeTempFolder(), '.holdfast.lock');
    writeFileSync(file, 'x'.repeat(4096));
    await expect(acquireRunLock(file)).rejects.toMatchObject({
      code: 'FOLDER.IO',
      message: expect.stringContaining(file),
      hint: expect.stringContaining('rm '),
    });
  });
});

/** Another process reads the file for a moment, as one does that has just lost the race; ends when it has let go. */
async function shareBriefly(file: string): Promise<{ readonly ended: Promise<unknown> }> {
  const program = `
    const handle = new (require('better-sqlite3'))(${JSON.stringify(file)});
    handle.exec('BEGIN; SELECT count(*) FROM sqlite_master');
    console.log('shared');
    setTimeout(() => handle.close(), 100);`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  return { ended };
}
