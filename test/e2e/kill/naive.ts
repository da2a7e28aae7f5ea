import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectFolder } from '../../support/cli.ts';
import { compare, type KillScene, type State } from './kill-restore.ts';
import { damageLedger } from './ledger.ts';

/** The control: a restore without a transaction, killed when half of the rows are in. */
export async function killNaiveRestore({
  rig,
  snapshot,
  totalRows,
}: KillScene): Promise<{ rows: number; state: State }> {
  const after = await rig.digest();
  await damageLedger(rig);
  const before = await rig.digest();
  const script = fileURLToPath(new URL('./naive-restore.ts', import.meta.url));
  const file = path.join(rig.folder, 'backups', `${snapshot}.json.gz`);
  const child = spawn(process.execPath, ['--import', 'tsx', script, rig.url, file], {
    cwd: projectFolder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('close', resolve));
  let rows = 0;
  for await (const chunk of child.stdout) {
    rows = Number(String(chunk).trim().split('\n').at(-1));
    if (rows >= totalRows / 2) child.kill('SIGKILL');
  }
  await exited;
  await rig.settle();
  return { rows, state: compare(await rig.digest(), { before, after }) };
}
