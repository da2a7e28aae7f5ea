import { CaseTally, hasTime } from '../case-tally.ts';
import { shuffled } from '../dice.ts';
import type { FaultClass, Tally, TortureRequest } from '../fault-class.ts';
import {
  keptSnapshots,
  type NewerCase,
  readKept,
  refuseNewer,
  restoreKept,
} from '../old-versions/kept-snapshots.ts';
import { type Weakening, weakenBuild } from '../weakened-build.ts';

const versions = [2, 3, 255, 1_000_000];
const newer: readonly NewerCase[] = versions.flatMap((version) => [
  { label: `format ${version}, compressed`, version, options: [] },
  { label: `format ${version}, plain`, version, options: ['--no-compression'] },
]);

/** Old snapshots stay readable for ever; newer ones are refused. */
export const oldVersions: FaultClass = {
  name: 'old-versions',
  title: 'a kept snapshot of every version and form read and restored; newer formats refused',
  whyNot: async () => null,
  async run(request) {
    const tally = new CaseTally(request);
    await readOld(request, tally);
    tally.add(await meetNewer(request));
    return tally;
  },
  async control(request) {
    const { program, remove } = weakenBuild([
      { file: 'snapshot/header.js', from: 'if (version !== formatVersion)', to: 'if (false)' },
    ]);
    try {
      return await meetNewer(request, program);
    } finally {
      remove();
    }
  },
};

async function readOld(request: TortureRequest, tally: CaseTally): Promise<void> {
  const { readable, restorable } = keptSnapshots();
  for (const kept of [...restorable, ...readable]) {
    for (const withSidecar of [true, false]) {
      if (!hasTime(request, tally)) return;
      const label = `${kept.folder}/${kept.file} ${withSidecar ? 'with' : 'without'} its sidecar`;
      await tally.attempt(label, () => readKept(kept, withSidecar));
    }
  }
  for (const kept of restorable.filter(({ file }) => !file.endsWith('.sqlite.gz'))) {
    if (!hasTime(request, tally)) return;
    await tally.attempt(`${kept.folder}/${kept.file} restored`, () => restoreKept(kept));
  }
}

/** The writer says another version of itself in each case. */
async function meetNewer(request: TortureRequest, reader?: string): Promise<Tally> {
  const tally = new CaseTally(request);
  for (const one of shuffled(newer, request.seed)) {
    if (!hasTime(request, tally)) break;
    const { program: writer, remove } = weakenBuild([claimVersion(one.version)]);
    try {
      await tally.attempt(one.label, () =>
        refuseNewer(one, { writer, ...(reader === undefined ? {} : { reader }) }),
      );
    } finally {
      remove();
    }
  }
  return tally;
}

function claimVersion(version: number): Weakening {
  return {
    file: 'snapshot/header.js',
    from: 'export const formatVersion = 1;',
    to: `export const formatVersion = ${version};`,
  };
}
