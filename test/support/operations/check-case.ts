import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { backup } from '../../../src/operations/backup.ts';
import { restore } from '../../../src/operations/restore.ts';
import type { RestoreResult } from '../../../src/operations/restoring/request.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { makeTempFolder } from '../sqlite.ts';
import type { AppDatabase, AppEngine } from './database.ts';
import { folderState } from './folder-state.ts';
import { chosenTables, expectRestore, measure, sorted } from './model.ts';
import type { RandomCase } from './random-case.ts';
import { applyEdits, createTables, readTables } from './random-database.ts';
import { backupOf, firstInstant, portsFor, restoreOf } from './requests.ts';

export interface CheckedOn {
  readonly engine: AppEngine;
  readonly database: AppDatabase;
  /** What the dry run works with in place of the program's own ports; for showing that a fault would be seen. */
  readonly spoil?: (ports: Ports) => Ports;
}

/**
 * Backs a random database up, edits it, and compares three things: what the dry run says, what an oracle says that
 * knows nothing of Holdfast, and what the same request then really does.
 *
 * @returns words for what happened, to be counted
 */
export async function checkCase(
  { engine, database, spoil = (ports) => ports }: CheckedOn,
  random: RandomCase,
): Promise<readonly string[]> {
  const { dialect } = engine;
  const { tables, policy } = random;
  await database.run(...dialect.prepare, ...dialect.clean(['t0', 't1', 't2', 't3']));
  await createTables(database, dialect, tables);
  await applyEdits(database, { dialect, tables }, random.rows);
  const folder = makeTempFolder();
  const ports = portsFor(folder);
  await backup(ports, backupOf(database.target));
  const snapshot = await readTables(database, dialect, tables);
  await applyEdits(database, { dialect, tables }, random.edits);
  const before = await readTables(database, dialect, tables);
  const expected = expectRestore(random, { snapshot, live: before, taken: firstInstant });
  const request = restoreOf(database.target, {
    policy,
    selection: { only: random.only, exclude: random.exclude },
    safety: random.hasSafety,
    confirm: database.confirmName,
  });

  const state = await wholeState(database, folder);
  const dry = await restore(spoil(ports), { ...request, dryRun: true });
  expect(await wholeState(database, folder)).toEqual(state);
  expect({ failures: kindsOf(dry) }).toEqual({ failures: expected.failures });
  expect(dry.ok).toBe(expected.failures.length === 0);

  const real = await runForReal(ports, request);
  const after = await readTables(database, dialect, tables);
  if (!dry.ok) {
    expect(codeOf(real)).toMatch(/^RESTORE\.(?:CONFLICT|ORPHANS)$/);
    expect(await database.digest()).toEqual(state.digest);
    return [`${policy} refused`, ...expected.failures.map((failure) => failure.split(' ')[0]!)];
  }
  if (real instanceof Error) throw real;
  expect(real.tables).toEqual(dry.tables);
  expect(dry.tables.map(({ name }) => name)).toEqual(chosenTables(random).map(({ name }) => name));
  for (const table of tables) {
    const { name } = table;
    expect(sorted(after.get(name)!)).toEqual(sorted(expected.after.get(name)!));
    const shown = dry.tables.find((one) => one.name === name);
    if (shown === undefined) continue;
    const { insert, update, delete: gone, unchanged, skipped, newer } = shown;
    const sides = { before: before.get(name)!, after: after.get(name)!, snapshot: snapshot.get(name)! };
    expect({ name, insert, update, delete: gone, unchanged }).toEqual({ name, ...measure(table, sides) });
    const effect = expected.effects.get(name)!;
    expect({ name, skipped }).toEqual({ name, skipped: effect.skipped });
    if (effect.newer !== null) expect({ name, newer }).toEqual({ name, newer: effect.newer });
  }
  return [`${policy} done`, ...wordsFor(dry)];
}

/** `unique t0` and the like, each once. */
function kindsOf({ failures }: RestoreResult): string[] {
  const kinds = failures.map(({ kind, table }) => `${kind} ${table.replace(/^public\./, '')}`);
  return [...new Set(kinds)].sort();
}

function wordsFor({ tables, warnings }: RestoreResult): string[] {
  const has = (count: (table: RestoreResult['tables'][number]) => number | null): boolean =>
    tables.some((table) => (count(table) ?? 0) > 0);
  return [
    ...(has((table) => table.insert) ? ['with inserts'] : []),
    ...(has((table) => table.update) ? ['with updates'] : []),
    ...(has((table) => table.delete) ? ['with deletes'] : []),
    ...(has((table) => table.skipped) ? ['with skipped rows'] : []),
    ...(has((table) => table.newer) ? ['with newer rows lost'] : []),
    ...(warnings.length > 0 ? ['with warnings'] : []),
  ];
}

async function wholeState(database: AppDatabase, folder: string) {
  const { file } = database.target;
  return {
    digest: await database.digest(),
    folder: folderState(folder),
    bytes: file === null ? null : readFileSync(file).toString('base64'),
  };
}

async function runForReal(
  ports: Ports,
  request: Parameters<typeof restore>[1],
): Promise<RestoreResult | Error> {
  try {
    return await restore(ports, request);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

function codeOf(result: RestoreResult | Error): string {
  if (result instanceof AppError) return result.code;
  return result instanceof Error ? String(result) : 'no error';
}
