import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { toFile } from '../../../src/api/export-target.ts';
import { openPorts } from '../../../src/app.ts';
import { backup } from '../../../src/operations/backup.ts';
import { exportSql } from '../../../src/operations/export-sql.ts';
import { everyTable } from '../../../src/operations/table-choice.ts';
import type { Bench, Digest, Script } from '../exact/bench.ts';
import { scratchRoot } from '../exact/scratch-root.ts';
import { mustLoad } from './native-client.ts';

const silent = { phase() {}, item() {}, advance() {}, note() {} };

export interface LoadOptions {
  /** What the session of MariaDB runs first. */
  readonly init?: string;
  /** Changes the file before it is loaded; for controls. */
  readonly spoil?: (sql: string) => string;
}

/**
 * Makes the script's database, exports a snapshot of it as SQL, and loads that into an empty database with the native
 * client, in a folder of its own.
 *
 * @returns what is different then, by an independent digest, and what else the client has left in the folder
 */
export async function differencesAfterExport(
  bench: Bench,
  script: Script,
  { init = '', spoil }: LoadOptions = {},
): Promise<{
  readonly rows: number;
  readonly differences: Record<string, string>;
  readonly strays: string[];
}> {
  const folder = mkdtempSync(path.join(scratchRoot, 'holdfast-export-'));
  try {
    await bench.reset('source');
    await bench.run('source', [...script.create, ...script.fill, ...script.finish]);
    const expected = await bench.digest('source');
    const sqlFile = path.join(folder, 'export.sql');
    const rows = await exportSource(bench, { script, folder, sqlFile });
    if (spoil !== undefined) writeFileSync(sqlFile, spoil(readFileSync(sqlFile, 'latin1')), 'latin1');
    await bench.reset('second');
    const cwd = mkdtempSync(path.join(folder, 'cwd-'));
    await mustLoad(bench.target('second', script), sqlFile, { cwd, init });
    const differences = compare(expected, await bench.digest('second'));
    return { rows, differences, strays: readdirSync(cwd) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function exportSource(
  bench: Bench,
  { script, folder, sqlFile }: { script: Script; folder: string; sqlFile: string },
): Promise<number> {
  const ports = openPorts({ backupDir: path.join(folder, 'backups'), progress: silent });
  await backup(ports, {
    target: bench.target('source', script),
    lockTimeoutMs: 20_000,
    appSchema: null,
    scope: { allSchemas: false },
    selection: everyTable,
    name: null,
    tier: null,
    description: null,
    tags: [],
    compressionLevel: 1,
    adopt: false,
  });
  const target = await toFile(sqlFile);
  const { rows } = await exportSql(ports, {
    reference: 'latest',
    dialect: null,
    write: (bytes) => target.write(bytes),
  });
  await target.finish();
  return rows;
}

/** Triggers, views and the like are named in a snapshot, and not held; so are they in the export. */
function compare(expected: Digest, found: Digest): Record<string, string> {
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
  const different = [...keys].filter((key) => !key.startsWith('beside ') && expected[key] !== found[key]);
  return Object.fromEntries(
    different.map((key) => [key, `${expected[key] ?? 'absent'} became ${found[key] ?? 'absent'}`]),
  );
}
