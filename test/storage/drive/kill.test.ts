import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { projectFolder } from '../../support/cli.ts';
import { type DriveRig, openDriveRig, unit } from '../../support/drive-rig.ts';
import { makeTempFolder } from '../../support/sqlite.ts';
import { someBytes } from '../../support/upload-source.ts';

const name = 'backup-2026-11-20T10-30-00Z.json.gz';
const content = someBytes(12 * unit + 99, 5);

let rig: DriveRig;
afterEach(() => rig?.close());

function startUpload(file: string): ChildProcess {
  const script = path.join(import.meta.dirname, 'killed-upload.ts');
  return spawn(process.execPath, ['--import', 'tsx', script, rig.fake.origin, rig.secrets, file], {
    cwd: projectFolder,
    stdio: 'inherit',
  });
}

it('goes on in the same session when the process was killed in the middle, and leaves no session behind', async () => {
  rig = await openDriveRig();
  const { fake } = rig;
  const file = path.join(makeTempFolder(), name);
  writeFileSync(file, content);
  fake.script({ on: 'chunk', after: 6, does: 'stall' });
  const first = startUpload(file);
  const ended = once(first, 'exit');
  await expect.poll(() => fake.count('chunk'), { timeout: 40_000, interval: 20 }).toBe(7);
  first.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(fake.files.named(name)).toEqual([]);
  expect(statSync(`${file}.memory`).mode & 0o777).toBe(0o600);

  const [exitCode] = await once(startUpload(file), 'exit');
  expect([exitCode, fake.count('session'), fake.count('ids')]).toEqual([0, 1, 2]);
  // Six chunks of the first process, the one that was killed, and seven of the second.
  expect(fake.count('chunk')).toBe(14);
  const stored = fake.files.named(name);
  expect(stored).toHaveLength(1);
  expect(stored[0]!.content!.equals(content)).toBe(true);
  expect(existsSync(`${file}.memory`)).toBe(false);
});
