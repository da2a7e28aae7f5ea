import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeApplication } from './contestants/application.ts';
import type { BenchDatabase } from './contestants/bench-database.ts';
import { type IdKind, sizesOf } from './data/tables.ts';
import type { Engine, EngineName } from './databases/engine.ts';

/** Where the bench keeps databases, snapshots and dumps while it runs. */
export interface Workplace {
  readonly folder: string;
  readonly engines: Readonly<Record<EngineName, Engine>>;
  /** One line about what is being done. */
  readonly say: (line: string) => void;
}

const made = new Map<string, BenchDatabase>();

/** A database of this size: the one that this run, or an earlier one with the same folder, has made, or a new one. */
export async function openDatabase(
  workplace: Workplace,
  engineName: EngineName,
  { rows, idKind }: { rows: number; idKind: IdKind },
): Promise<BenchDatabase> {
  const source = `holdfast_bench_${rows}_${idKind}`;
  const folder = join(workplace.folder, `${engineName}-${rows}-${idKind}`);
  const known = made.get(folder);
  if (known !== undefined) return known;
  const engine = workplace.engines[engineName];
  const database: BenchDatabase = {
    ...{ engine, idKind, source, folder },
    sizes: sizesOf(rows),
    target: `${source}_target`,
    check: `${source}_check`,
  };
  made.set(folder, database);
  writeApplication(database);
  const marker = join(folder, '.filled');
  if (!existsSync(marker) || !(await engine.exists(source))) {
    workplace.say(`${engine.title}: making ${rows.toLocaleString('en')} orders with ${idKind} ids`);
    await engine.createFull(source, database.sizes, idKind);
    writeFileSync(marker, '');
  }
  await engine.createEmpty(database.target, idKind);
  return database;
}

/** Drops every database that this run has used, and removes the folder. */
export async function clearWorkplace(workplace: Workplace): Promise<void> {
  for (const { engine, source, target, check } of made.values()) {
    for (const name of [source, target, check]) await engine.drop(name);
  }
  made.clear();
  rmSync(workplace.folder, { recursive: true, force: true });
}

export function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}
