import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { createLedger, damageLedger } from '../../e2e/kill/ledger.ts';
import { mustRun } from '../../e2e/rigs/rig.ts';
import { openSqliteRig } from '../../e2e/rigs/sqlite-rig.ts';
import { runBinary } from '../../support/cli.ts';
import { CaseTally, hasTime, partsFor, shareOf } from '../case-tally.ts';
import { shuffled } from '../dice.ts';
import type { CaseResult, Tally, TortureRequest } from '../fault-class.ts';
import { addTickets, judgeRestore, restoreArguments, snapshot } from './server-scene.ts';

const preload = fileURLToPath(new URL('../rigs/act-at-statement.mjs', import.meta.url));
/** Another connection holds the file's lock from then on; or the file may not grow any more. */
const kinds = ['hold', 'full'] as const;
const lines = 60;

/** At each statement of a restore into SQLite: a lock that is held, and a file that may not grow. */
export async function faultSqlite(request: TortureRequest): Promise<Tally> {
  const tally = new CaseTally(request);
  const modes = partsFor([false, true], request);
  for (const [index, wal] of modes.entries()) {
    await faultFile(wal, { request: shareOf(request, 1 / (modes.length - index)), tally });
    request.tell(`SQLite: ${tally.tried} faults so far, ${tally.violations.length} violations`);
  }
  return tally;
}

async function faultFile(
  wal: boolean,
  { request, tally }: { readonly request: TortureRequest; readonly tally: CaseTally },
): Promise<void> {
  const rig = openSqliteRig({ wal });
  await createLedger(rig, lines);
  await rig.execute(
    'CREATE TABLE tickets (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT)',
    addTickets('first'),
  );
  await mustRun(rig, 'backup', snapshot, '--quiet');
  const after = await rig.digest();
  const restore = async (kind: string, at: number) => {
    const env = {
      ...rig.env,
      HOLDFAST_TEST_DATABASE: rig.file,
      HOLDFAST_TEST_ACT_AT: String(at),
      HOLDFAST_TEST_ACT_KIND: kind,
    };
    const nodeArguments = ['--import', preload];
    const argv = restoreArguments(rig, '200ms');
    const result = await runBinary(argv, { cwd: rig.folder, env, nodeArguments });
    const said = JSON.parse(result.stderr.trim().split('\n').at(-1) ?? '') as Said;
    return { result, ...said };
  };
  const damage = async (): Promise<void> => {
    await damageLedger(rig);
    await rig.execute(`DELETE FROM tickets WHERE title LIKE '%one'`, addTickets('later'));
    // Without free pages, so that the restore makes the file grow.
    new Database(rig.file).exec('VACUUM').close();
  };
  await damage();
  const { statements } = await restore('none', 0);
  const cases = kinds.flatMap((kind) =>
    Array.from({ length: statements }, (_, at) => ({ kind, at: at + 1 })),
  );
  for (const { kind, at } of shuffled(cases, request.seed)) {
    if (!hasTime(request, tally)) return;
    await tally.attempt(
      `SQLite${wal ? ' (WAL)' : ''}, ${kind} at statement ${at} of ${statements}`,
      async () => {
        await damage();
        const before = await rig.digest();
        const { result, outcome } = await restore(kind, at);
        return {
          fired: outcome !== null,
          violations: await judgeRestore({ rig, after }, before, result),
        } satisfies CaseResult;
      },
    );
  }
  for (const name of readdirSync(rig.folder))
    rmSync(path.join(rig.folder, name), { recursive: true, force: true });
}

interface Said {
  readonly statements: number;
  readonly outcome: string | null;
}
