import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Case, tryCases } from '../cases.ts';
import { whyNoMemoryMounts } from '../disk/mounts.ts';
import {
  judgeFiles,
  judgeFullDisk,
  leastKilobytes,
  openSmallDisk,
  type SmallDisk,
  stepKilobytes,
  wasFull,
  withFalseHopes,
} from '../disk/small-disk.ts';
import type { CaseResult, FaultClass, Tally } from '../fault-class.ts';

const commands: Readonly<Record<string, readonly string[]>> = {
  backup: ['backup', 'nightly', '--json'],
  restore: ['restore', 'good', '--only', 'small', '--clear-existing', '--confirm', 'app.db', '--json'],
};

/** The disk of the backup folder has any size up to the one that is enough. */
export const diskFull: FaultClass = {
  name: 'disk-full',
  title: 'backup and restore with a backup folder of every size from 64 KB up, in steps of 4 KB',
  whyNot: async () => whyNoMemoryMounts(),
  run: (request) => withDisk(async (disk) => tryCases(request, await casesOf(disk))),
  control: (request) =>
    withDisk((disk) =>
      tryCases(
        request,
        [64, 128, 256, 512, 1024].map((size) => naiveCase(disk, size)),
      ),
    ),
};

async function withDisk(work: (disk: SmallDisk) => Promise<Tally>): Promise<Tally> {
  const disk = await openSmallDisk();
  try {
    return await work(disk);
  } finally {
    disk.close();
  }
}

/** Each command as it is, and with a disk that fills only when the room has been looked at; on every size. */
async function casesOf(disk: SmallDisk): Promise<Case[]> {
  const cases: Case[] = [];
  for (const [command, argv] of Object.entries(commands)) {
    const enough = await disk.findEnough(argv);
    for (let kilobytes = leastKilobytes; kilobytes < enough; kilobytes += stepKilobytes) {
      for (const isSudden of [false, true]) {
        cases.push({
          name: `${command} on ${kilobytes} KB${isSudden ? ', filled meanwhile' : ''}`,
          run: () => tryOnSize(disk, { command, kilobytes, isSudden }),
        });
      }
    }
  }
  return cases;
}

async function tryOnSize(
  disk: SmallDisk,
  { command, kilobytes, isSudden }: { command: string; kilobytes: number; isSudden: boolean },
): Promise<CaseResult> {
  const argv = commands[command]!;
  await disk.prepare(kilobytes);
  const before = JSON.stringify(await disk.rig.digest());
  const work = () => disk.rig.run(...argv);
  const run = await (isSudden ? withFalseHopes(work) : work());
  if (!wasFull(run)) return { fired: false, violations: [] };
  const isChanged = JSON.stringify(await disk.rig.digest()) !== before;
  const isWrong = isChanged && (command === 'backup' || run.exitCode !== 0);
  const violations = await judgeFullDisk(disk, run, argv);
  return { fired: true, violations: isWrong ? ['the database was changed', ...violations] : violations };
}

/** A backup as it is often written: under its final name from the first byte on. */
function naiveCase(disk: SmallDisk, kilobytes: number): Case {
  return {
    name: `a naive backup on ${kilobytes} KB`,
    async run() {
      await disk.prepare(kilobytes);
      try {
        writeFileSync(path.join(disk.folder, 'nightly.json.gz'), Buffer.alloc(4 * 2 ** 20, 'x'));
        return { fired: false, violations: [] };
      } catch {
        return { fired: true, violations: await judgeFiles(disk, { exitCode: 2, stdout: '', stderr: '' }) };
      }
    },
  };
}
