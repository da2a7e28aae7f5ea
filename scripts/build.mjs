/** Compiles src to dist. `npm run build` always does; other scripts only when a source is newer. */
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateClients } from './prisma-generate.mjs';
import { isMain, root, run, runScript, say } from './process.mjs';

const dist = join(root, 'dist');
const stamp = join(dist, '.built');
const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

export function build() {
  generateClients();
  rmSync(dist, { recursive: true, force: true });
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    stdio: ['ignore', 2, 2],
  });
  writeFileSync(stamp, '');
}

export function buildIfOlder() {
  if (existsSync(stamp) && newestSource() <= statSync(stamp).mtimeMs) return;
  say('Compiling …');
  build();
}

function newestSource() {
  const sources = readdirSync(join(root, 'src'), { recursive: true }).map((name) => join(root, 'src', name));
  const files = [...sources, ...settings.map((name) => join(root, name))];
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}

if (isMain(import.meta.url)) await runScript(build);
