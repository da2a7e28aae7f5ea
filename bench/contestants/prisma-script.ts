import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from '../measure/command.ts';
import { runSteps } from '../measure/run.ts';
import { root } from '../root.ts';
import type { BenchDatabase } from './bench-database.ts';
import type { Contestant, Pair } from './contestant.ts';
import { holdfastBackup, holdfastRestore } from './holdfast.ts';

/** Backups by Holdfast and by the script with Prisma Client that people write themselves. */
export function findManyPair(database: BenchDatabase): Pair {
  const { engine } = database;
  return {
    id: `${engine.name}-backup`,
    work: `${engine.title} backup`,
    ours: holdfastBackup(database, 6),
    theirs: findMany(database),
  };
}

/** Restores, each of its own backup. */
export function createManyPair(database: BenchDatabase): Pair {
  const { engine } = database;
  return {
    id: `${engine.name}-restore`,
    work: `${engine.title} restore`,
    ours: holdfastRestore(database),
    theirs: createMany(database),
  };
}

/** What it writes is not checked here: `createMany` restores another such output, and that is. */
function findMany(database: BenchDatabase): Contestant {
  const { source, folder } = database;
  const output = join(folder, 'prisma-export.jsonl.gz');
  return {
    name: 'Prisma findMany script',
    prepare: async () => generateClient(folder),
    steps: [script(database, 'prisma-export.mjs', source, output)],
    output,
  };
}

function createMany(database: BenchDatabase): Contestant {
  const { engine, source, target, idKind, folder } = database;
  const input = join(folder, 'prisma-export-for-restore.jsonl.gz');
  return {
    name: 'Prisma createMany script',
    prepare: async () => {
      generateClient(folder);
      await runSteps([script(database, 'prisma-export.mjs', source, input)]);
    },
    steps: [script(database, 'prisma-import.mjs', target, input)],
    before: () => engine.empty(target, idKind),
    result: () => engine.digest(target),
  };
}

function script({ engine, folder }: BenchDatabase, name: string, database: string, file: string): Step {
  const env = { DATABASE_URL: engine.url(database), PRISMA_CLIENT: join(folder, 'prisma/client/index.js') };
  return { pipeline: [{ argv: [process.execPath, join(root, 'bench/scripts', name), file], env }] };
}

/** Needs no network: see scripts/prisma-generate.mjs for why the variable is set, and only here. */
function generateClient(folder: string): void {
  if (existsSync(join(folder, 'prisma/client'))) return;
  // The generator looks for @prisma/client beside the schema, and would install it.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const cli = join(root, 'node_modules/prisma/build/index.js');
  const child = spawnSync(process.execPath, [cli, 'generate', '--schema', 'prisma/schema.prisma'], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      ...{ PRISMA_SCHEMA_ENGINE_BINARY: join(root, 'package.json'), CHECKPOINT_DISABLE: '1' },
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  });
  if (child.status !== 0) throw new Error(`prisma generate failed: ${child.stdout}${child.stderr}`);
}
