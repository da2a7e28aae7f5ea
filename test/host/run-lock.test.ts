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
