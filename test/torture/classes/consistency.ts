import { CaseTally, hasTime, partsFor, shareOf } from '../case-tally.ts';
import { dumpBanks, readBanksNaively } from '../consistency/bank-cases.ts';
import {
  type ChangeScene,
  judgeDump,
  openServerScene,
  openSqliteScene,
} from '../consistency/change-cases.ts';
import { shuffled } from '../dice.ts';
import type { FaultClass, Tally, TortureRequest } from '../fault-class.ts';
import { whyNoServer } from '../rigs/servers.ts';
import { type Weakening, weakenBuild } from '../weakened-build.ts';

/** Every dump is of one instant, whatever others do meanwhile. */
export const consistency: FaultClass = {
  name: 'consistency',
  title: 'bank transfers by 8 writers; TRUNCATE, ALTER, DROP and RENAME during the dump',
  whyNot: whyNoServer,
  async run(request) {
    const tally = new CaseTally(request);
    for (const part of partsFor([changeTables, dumpBanks], request)) tally.add(await part(request));
    return tally;
  },
  async control(request) {
    const tally = new CaseTally(request);
    tally.add(await readBanksNaively(request));
    if (request.mode === 'quick') return tally;
    const { program, remove } = weakenBuild(weakenings);
    try {
      tally.add(await changeTables(request, program));
    } finally {
      remove();
    }
    return tally;
  },
};

/** What keeps a dump to one instant: the locks of PostgreSQL, the instant of MariaDB, the read transaction of SQLite. */
const weakenings: readonly Weakening[] = [
  {
    file: 'database/postgres/snapshot.js',
    from: `await lockTables(connection, listed.map(lockName), 'ACCESS SHARE');`,
    to: '',
  },
  {
    file: 'database/mysql/snapshot.js',
    from: 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
    to: 'SET autocommit = 1',
  },
  { file: 'database/sqlite/connection.js', from: `this.handle.exec('BEGIN');`, to: '' },
];

type OpenScene = (program?: string) => Promise<ChangeScene>;
const scenes: Readonly<Record<string, OpenScene>> = {
  PostgreSQL: (program) => openServerScene('PostgreSQL', program),
  MariaDB: (program) => openServerScene('MariaDB', program),
  SQLite: (program) => openSqliteScene({ wal: false }, program),
  'SQLite (WAL)': (program) => openSqliteScene({ wal: true }, program),
};

/** Each change at each point of a dump. */
async function changeTables(request: TortureRequest, program?: string): Promise<Tally> {
  const tally = new CaseTally(request);
  // A copy of the pages is one step of SQLite, which no statement can come between: nothing to take away.
  const all = Object.entries(scenes).filter(([label]) => program === undefined || label !== 'SQLite');
  const chosen = partsFor(all, request);
  for (const [index, [label, open]] of chosen.entries()) {
    const part = shareOf(request, 1 / (chosen.length - index));
    await changeEverywhere(label, await open(program), { request: part, tally });
    request.tell(
      `tables changed under ${label}: ${tally.tried} so far, ${tally.violations.length} violations`,
    );
  }
  return tally;
}

async function changeEverywhere(
  label: string,
  scene: ChangeScene,
  { request, tally }: { readonly request: TortureRequest; readonly tally: CaseTally },
): Promise<void> {
  try {
    const points = await scene.countPoints();
    const cases = scene.changes.flatMap((change) =>
      Array.from({ length: points }, (_, index) => ({ change, point: index + 1 })),
    );
    for (const { change, point } of shuffled(cases, request.seed)) {
      if (!hasTime(request, tally)) return;
      await tally.attempt(`${label}, ${change.name} at point ${point} of ${points}`, async () => {
        const { result, fired } = await scene.dump(change, point);
        return { fired, violations: judgeDump(scene, change, result) };
      });
    }
  } finally {
    await scene.close();
  }
}
