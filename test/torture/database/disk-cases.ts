import { CaseTally, hasTime, partsFor, shareOf } from '../case-tally.ts';
import { shuffled } from '../dice.ts';
import type { CaseResult, Tally, TortureRequest } from '../fault-class.ts';
import {
  mountSmallDisk,
  type PrivateServer,
  type SmallDisk,
  startPrivateMariadb,
  startPrivatePostgres,
} from '../rigs/private-servers.ts';
import { damage, judgeRestore, openServerScene, restoreArguments, type ServerScene } from './server-scene.ts';

const diskMegabytes = { PostgreSQL: 160, MariaDB: 160 } as const;
/** Rows of the longest table: a restore of them needs some megabytes. */
const rows = 12_000;
const stepBytes = 64 * 1024;
const steps = 24;

/** The disk of the server has less and less room when a restore begins. */
export async function fillDisks(request: TortureRequest): Promise<Tally> {
  const tally = new CaseTally(request);
  const starts = { PostgreSQL: startPrivatePostgres, MariaDB: startPrivateMariadb } as const;
  const engines = partsFor(['PostgreSQL', 'MariaDB'] as const, request);
  for (const [index, engine] of engines.entries()) {
    const part = shareOf(request, 1 / (engines.length - index));
    const disk = mountSmallDisk(diskMegabytes[engine]);
    try {
      const server = await starts[engine](disk.folder);
      try {
        const scene = await openServerScene(engine, server.url, rows);
        for (const step of shuffled(
          Array.from({ length: steps }, (_, one) => one),
          request.seed,
        )) {
          if (!hasTime(part, tally)) break;
          const bytes = step * stepBytes;
          await tally.attempt(`${engine}, ${bytes} bytes free on the disk of the server`, () =>
            restoreWith(bytes, { disk, server, scene }),
          );
        }
        await scene.close();
      } finally {
        await server.stop();
      }
    } finally {
      disk.remove();
    }
    request.tell(`${engine} on a full disk: ${tally.tried} so far, ${tally.violations.length} violations`);
  }
  return tally;
}

async function restoreWith(
  bytes: number,
  {
    disk,
    server,
    scene,
  }: { readonly disk: SmallDisk; readonly server: PrivateServer; readonly scene: ServerScene },
): Promise<CaseResult> {
  const { rig } = scene;
  await damage(rig);
  if (rig.engine === 'PostgreSQL') await rig.execute('CHECKPOINT');
  const before = await rig.digest();
  disk.leave(bytes);
  const result = await rig.run(...restoreArguments(rig, '2s'));
  disk.free();
  // A server that cannot write its log ends itself; the operator starts it again.
  await server.ensureUp();
  return { fired: result.exitCode !== 0, violations: await judgeRestore(scene, before, result) };
}
