import { CaseTally, hasTime, partsFor, shareOf } from '../case-tally.ts';
import { fillDisks } from '../database/disk-cases.ts';
import { restoreNaively } from '../database/naive-cases.ts';
import {
  countPoints,
  restartFault,
  type ServerFault,
  tryFault,
  wireFaults,
} from '../database/server-faults.ts';
import { openServerScene } from '../database/server-scene.ts';
import { faultSqlite } from '../database/sqlite-cases.ts';
import { shuffled } from '../dice.ts';
import type { FaultClass, Tally, TortureRequest } from '../fault-class.ts';
import {
  type PrivateServer,
  startPrivateMariadb,
  startPrivatePostgres,
  whyNoMount,
  whyNoPrivateServers,
} from '../rigs/private-servers.ts';
import type { ServerEngine } from '../rigs/server-rig.ts';

/** A restore is all or nothing, whatever the database does. */
export const database: FaultClass = {
  name: 'database',
  title:
    'connection cut, session ended, statement cancelled, lock held, deadlock, server restart, disk full: at every statement of a restore',
  whyNot: async () => whyNoPrivateServers() ?? whyNoMount(),
  async run(request) {
    const tally = new CaseTally(request);
    for (const part of partsFor([faultSqlite, faultServers, fillDisks], request))
      tally.add(await part(request));
    return tally;
  },
  control: restoreNaively,
};

const servers = [
  ['PostgreSQL', startPrivatePostgres],
  ['MariaDB', startPrivateMariadb],
] as const;
/** How many cuts by bytes a full run tries in each direction. */
const byteCuts = 200;

async function faultServers(request: TortureRequest): Promise<Tally> {
  const tally = new CaseTally(request);
  const chosen = partsFor(servers, request);
  for (const [index, [engine, start]] of chosen.entries()) {
    const part = shareOf(request, 1 / (chosen.length - index));
    const server = await start();
    try {
      await faultServer(engine, server, { request: part, tally });
    } finally {
      await server.stop();
    }
    request.tell(`${engine}: ${tally.tried} faults so far, ${tally.violations.length} violations`);
  }
  return tally;
}

interface ServerCase {
  readonly fault: ServerFault;
  readonly at: number;
}

async function faultServer(
  engine: ServerEngine,
  server: PrivateServer,
  { request, tally }: { readonly request: TortureRequest; readonly tally: CaseTally },
): Promise<void> {
  const scene = await openServerScene(engine, server.url);
  const points = await countPoints(scene);
  const cases = [...wireFaults, restartFault(server)].flatMap((fault) => casesOf(fault, points[fault.count]));
  try {
    for (const { fault, at } of shuffled(cases, request.seed)) {
      if (!hasTime(request, tally)) return;
      await tally.attempt(`${engine}, ${fault.name}, ${fault.count} ${at} of ${points[fault.count]}`, () =>
        tryUp(server, () => tryFault(scene, fault, at)),
      );
    }
  } finally {
    await scene.close();
  }
}

/** A server that did not come back in one case is no fault of the next. */
async function tryUp<T>(server: PrivateServer, work: () => Promise<T>): Promise<T> {
  await server.ensureUp();
  return work();
}

/** Every piece; of bytes as many as there is time for, evenly spread. */
function casesOf(fault: ServerFault, total: number): readonly ServerCase[] {
  const step = fault.count === 'pieces' ? 1 : Math.max(1, Math.floor(total / byteCuts));
  return Array.from({ length: Math.floor(total / step) }, (_, index) => ({ fault, at: (index + 1) * step }));
}
