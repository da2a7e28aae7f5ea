import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSqliteRig } from '../../e2e/rigs/sqlite-rig.ts';
import { keptFiles } from '../../support/cli.ts';
import { type Case, tryCases } from '../cases.ts';
import { makeDice, shuffled } from '../dice.ts';
import type { CaseResult, FaultClass, Tally } from '../fault-class.ts';
import { bombs } from '../hostile/bombs.ts';
import { makeHostile } from '../hostile/grammar.ts';
import { filesInHeap, type Heap } from '../hostile/heap.ts';
import { HeapReader } from '../hostile/heap-reader.ts';
import { readHostile } from '../hostile/reading.ts';
import { createBooks } from '../stage/books.ts';

const fullCases = 1_000_000;
const quickCases = 10_000;
const restores = 100;
const quickRestores = 10;
/** Large ones are made and read one at a time; a quick run takes some. */
const quickBombs = 3;

/** Files by somebody who means harm, with checksums that fit. */
export const hostile: FaultClass = {
  name: 'hostile',
  title: 'snapshots made to crash, hang, bloat or deceive the reader',
  whyNot: async () => null,
  run: (request) =>
    withFolder(async (folder, reader) => {
      const isQuick = request.mode === 'quick';
      const chosen = isQuick ? shuffled(bombs(), request.seed).slice(0, quickBombs) : bombs();
      const count = isQuick ? quickCases : fullCases;
      return tryCases(request, [
        ...chosen.map(({ name, form, make }) => ({
          name,
          run: async () => ({ fired: true, violations: await readHostile(folder, { form, bytes: make() }) }),
        })),
        ...heaps({ seed: request.seed, count, reader: 'restore', folder }, reader),
        ...(await hostileRestores(request.seed, isQuick ? quickRestores : restores)),
      ]);
    }),
  control: (request) =>
    withFolder((folder, reader) =>
      tryCases(
        request,
        heaps({ seed: request.seed, count: 8 * filesInHeap, reader: 'naive', folder }, reader),
      ),
    ),
};

async function withFolder(work: (folder: string, reader: HeapReader) => Promise<Tally>): Promise<Tally> {
  const folder = mkdtempSync(
    path.join(process.platform === 'linux' ? '/dev/shm' : tmpdir(), 'torture-hostile-'),
  );
  const reader = new HeapReader();
  try {
    return await work(folder, reader);
  } finally {
    reader.close();
    rmSync(folder, { recursive: true });
  }
}

interface Heaps extends Omit<Heap, 'index'> {
  readonly count: number;
}

/** Snapshots by lot, many to a case. */
function heaps({ count, ...heap }: Heaps, reader: HeapReader): Case[] {
  return Array.from({ length: count / filesInHeap }, (_, index) => ({
    name: `heap ${index} of seed ${heap.seed}`,
    async run(): Promise<CaseResult> {
      const violations = await reader.read({ ...heap, index });
      return { cases: filesInHeap, fired: true, violations };
    },
  }));
}

/** The whole command with a hostile file and without consent: it may refuse or ask, and writes nothing. */
async function hostileRestores(seed: number, count: number): Promise<Case[]> {
  const rig = openSqliteRig();
  await createBooks(rig);
  const file = path.join(rig.folder, 'hostile.json.gz');
  const roll = makeDice(seed);
  return Array.from({ length: count }, (_, index) => ({
    name: `restore of hostile file ${index} of seed ${seed}`,
    async run() {
      const one = await makeHostile(roll);
      writeFileSync(file, one.bytes);
      const before = JSON.stringify([...keptFiles(rig.folder)]);
      const { exitCode, stdout } = await rig.run(
        'restore',
        file,
        '--clear-existing',
        '--create-schema',
        '--json',
      );
      const isRefused = [2, 3, 4].includes(exitCode);
      return {
        fired: true,
        violations: [
          ...(isRefused ? [] : [`${one.what}: exit ${exitCode}: ${stdout.slice(0, 400)}`]),
          ...(JSON.stringify([...keptFiles(rig.folder)]) === before
            ? []
            : [`${one.what}: something was written`]),
        ],
      };
    },
  }));
}
