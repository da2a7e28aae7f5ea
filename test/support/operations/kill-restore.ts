import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RestoreOrder } from './restore-process.ts';

const script = fileURLToPath(new URL('./restore-process.ts', import.meta.url));

/** Runs a restore in another process, and kills it (-9) where the order says. */
export async function killRestore(order: RestoreOrder): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  const standing = new Promise<boolean>((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      said.push(String(text));
      if (String(text).includes('standing still')) resolve(true);
    });
    child.stderr.on('data', (text: Buffer) => said.push(String(text)));
    child.on('exit', () => resolve(false));
  });
  const isStanding = await standing;
  if (isStanding) {
    child.kill('SIGKILL');
    await once(child, 'exit');
    return;
  }
  throw new Error(`the restore did not come to ${order.phase} ${order.item}: ${said.join('')}`);
}
