import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openPorts } from '../../../src/app.ts';
import { describeError } from '../../../src/errors.ts';
import { type BackupResult, backup } from '../../../src/operations/backup.ts';
import { restore } from '../../../src/operations/restore.ts';
import type { RestoreResult } from '../../../src/operations/restoring/request.ts';
import { everyTable } from '../../../src/operations/table-choice.ts';
import { undo } from '../../../src/operations/undo.ts';
import type { Engines } from '../../../src/ports/database.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import type { Manifest } from '../../../src/snapshot/manifest.ts';
import { openSnapshotFile } from '../../../src/snapshot/reader.ts';
import type { Bench, Digest, Script, Side } from './bench.ts';
import { scratchRoot } from './scratch-root.ts';

/** In which of several ways the same is proved. */
export interface Ways {
  /** The second database gets its tables from the snapshot, not from the script. */
  readonly createSchema: boolean;
  /** The restore over the damaged database is taken back, and done again. */
  readonly undo: boolean;
  /** As `BackupRequest.compressionLevel`. */
  readonly compressionLevel: number | null;
}

export const plainWays: Ways = { createSchema: false, undo: false, compressionLevel: 1 };

export interface RoundTripOptions {
  readonly ways?: Ways;
  /** Puts something between the operations and the engines; for controls that lose data on purpose. */
  readonly wrap?: (engines: Engines) => Engines;
}

/** Two of the ways that leave none out. */
export const differentWays: readonly { readonly title: string; readonly ways: Ways }[] = [
  { title: 'in the tables that are there', ways: plainWays },
  {
    title: 'in tables made from the snapshot',
    ways: { createSchema: true, undo: true, compressionLevel: null },
  },
];

/** A database did not come back as it was. */
export class RoundTripError extends Error {
  readonly step: string;

  constructor(step: string, detail: string, cause?: unknown) {
    super(`${step}: ${detail}`, { cause });
    this.step = step;
  }
}

const lockTimeoutMs = 20_000;
const silent = { phase() {}, item() {}, advance() {}, note() {} };

/**
 * Makes the script's database and proves that its backup restores it: over itself after damage, and into a second
 * database; that the backup of the second is the same; and that both number new rows. All through the operations.
 *
 * @returns how many rows the snapshot holds
 * @throws RoundTripError
 */
export async function proveRoundTrip(
  bench: Bench,
  script: Script,
  { ways = plainWays, wrap }: RoundTripOptions = {},
): Promise<number> {
  const folder = mkdtempSync(path.join(scratchRoot, 'holdfast-exact-'));
  try {
    return await new RoundTrip({ bench, script, ways, folder, wrap: wrap ?? ((engines) => engines) }).prove();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface RoundTripParts {
  readonly bench: Bench;
  readonly script: Script;
  readonly ways: Ways;
  readonly folder: string;
  readonly wrap: (engines: Engines) => Engines;
}

class RoundTrip {
  readonly #bench: Bench;
  readonly #script: Script;
  readonly #ways: Ways;
  readonly #folder: string;
  readonly #wrap: (engines: Engines) => Engines;

  constructor({ bench, script, ways, folder, wrap }: RoundTripParts) {
    this.#bench = bench;
    this.#script = script;
    this.#ways = ways;
    this.#folder = folder;
    this.#wrap = wrap;
  }

  async prove(): Promise<number> {
    const { create, fill, finish } = this.#script;
    await step('making the source', async () => {
      await this.#bench.reset('source');
      await this.#bench.run('source', [...create, ...fill, ...finish]);
    });
    const before = await this.#bench.digest('source');
    const first = await step('backup', () => this.#backUp('source'));
    compare('the source after its backup', before, await this.#bench.digest('source'));
    await this.#proveOverItself(before, first.path);
    await this.#proveElsewhere(before, first);
    for (const side of ['source', 'second'] as const) {
      await step(`inserting into the restored ${side}`, () => this.#bench.run(side, this.#script.probes));
    }
    return first.manifest.rows;
  }

  async #proveOverItself(before: Digest, snapshot: string): Promise<void> {
    const damaged = await this.#damage(before);
    await step('restore over itself', () => this.#restore('source', snapshot, {}));
    compare('restored over itself', before, await this.#bench.digest('source'));
    if (!this.#ways.undo || !holdsRows(damaged)) return;
    await step('undo', () => this.#undo('source'));
    compare('after undo', damaged, await this.#bench.digest('source'));
    await step('restore over itself again', () => this.#restore('source', snapshot, {}));
    compare('restored over itself again', before, await this.#bench.digest('source'));
  }

  async #damage(before: Digest): Promise<Digest> {
    await this.#bench.run('source', this.#script.damage, { isTolerant: true });
    const damaged = await this.#bench.digest('source');
    if (isChanged(before, damaged) || !holdsRows(before)) return damaged;
    await this.#bench.run('source', this.#script.wipe, { isTolerant: true });
    const wiped = await this.#bench.digest('source');
    if (isChanged(before, wiped)) return wiped;
    throw new RoundTripError('damage', 'nothing was changed, so the restore would prove nothing');
  }

  async #proveElsewhere(before: Digest, first: TakenBackup): Promise<void> {
    const { create, finish, damage } = this.#script;
    const createSchema = this.#ways.createSchema && this.#script.canCreateSchema;
    await step('making the second database', async () => {
      await this.#bench.reset('second');
      if (!createSchema) await this.#bench.run('second', [...create, ...finish]);
    });
    if (!createSchema) await this.#bench.run('second', damage, { isTolerant: true });
    await step('restore elsewhere', () => this.#restore('second', first.path, { createSchema }));
    const second = await this.#bench.digest('second');
    if (createSchema) compare('restored elsewhere', tablesOnly(before), tablesOnly(second));
    else compare('restored elsewhere', before, second);
    const again = await step('backup of the second', () => this.#backUp('second'));
    compare('the second backup', rowsOf(first.manifest), rowsOf(again.manifest));
  }

  async #backUp(side: Side): Promise<TakenBackup> {
    const result: BackupResult = await backup(this.#ports(side), {
      target: this.#bench.target(side, this.#script),
      lockTimeoutMs,
      appSchema: null,
      scope: { allSchemas: false },
      selection: everyTable,
      name: null,
      tier: null,
      description: null,
      tags: [],
      compressionLevel: this.#ways.compressionLevel,
      adopt: false,
    });
    const file = await openSnapshotFile(result.snapshot.path);
    await file.close();
    return { path: result.snapshot.path, manifest: file.manifest };
  }

  #restore(
    side: Side,
    reference: string,
    { createSchema = false }: { createSchema?: boolean },
  ): Promise<RestoreResult> {
    return restore(this.#ports(side), {
      ...this.#options(side),
      reference,
      selection: everyTable,
      policy: 'replace',
      createSchema,
      allowSchemaChanges: false,
    });
  }

  #undo(side: Side): Promise<RestoreResult> {
    return undo(this.#ports(side), this.#options(side));
  }

  #options(side: Side) {
    return {
      target: this.#bench.target(side, this.#script),
      lockTimeoutMs,
      appSchema: null,
      dryRun: false,
      skipValidation: false,
      safety: this.#ways.undo,
      dropTriggers: true,
      confirm: this.#bench.confirmName(side),
      askConsent: async () => null,
      compressionLevel: this.#ways.compressionLevel,
    };
  }

  #ports(side: Side): Ports {
    const ports = openPorts({ backupDir: path.join(this.#folder, side), progress: silent });
    return { ...ports, engines: this.#wrap(ports.engines) };
  }
}

interface TakenBackup {
  readonly path: string;
  readonly manifest: Manifest;
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const hint = (error as { hint?: string } | null)?.hint;
    throw new RoundTripError(name, `${describeError(error)}${hint === undefined ? '' : ` [${hint}]`}`, error);
  }
}

function compare(step: string, expected: Digest, found: Digest): void {
  const different = differences(expected, found);
  const keys = Object.keys(different);
  if (keys.length === 0) return;
  const lines = keys.slice(0, 8).map((key) => `\n  ${key}: ${different[key]}`);
  throw new RoundTripError(step, `${keys.length} differences${lines.join('')}`);
}

function isChanged(before: Digest, after: Digest): boolean {
  return Object.keys(differences(before, after)).length > 0;
}

function differences(expected: Digest, found: Digest): Record<string, string> {
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
  const different = [...keys].filter((key) => expected[key] !== found[key]);
  return Object.fromEntries(
    different.map((key) => [key, `${expected[key] ?? 'absent'} became ${found[key] ?? 'absent'}`]),
  );
}

/** Without triggers, views and the like, which a snapshot names and does not hold. */
function tablesOnly(digest: Digest): Digest {
  return Object.fromEntries(Object.entries(digest).filter(([key]) => !key.startsWith('beside ')));
}

/** Digests state the rows of each table first: `3 rows …`. */
function holdsRows(digest: Digest): boolean {
  return Object.values(digest).some((value) => /^[1-9]\d* rows /.test(value));
}

function rowsOf({ tables, sequences }: Manifest): Digest {
  const rows = tables.map(({ schema, name, rows, bytes, sha256 }) => [
    `table ${JSON.stringify([schema, name])}`,
    `${rows} rows ${bytes} bytes ${sha256}`,
  ]);
  const counters = sequences.map((one) => [
    `counter ${JSON.stringify([one.schema, one.name])}`,
    JSON.stringify(one),
  ]);
  return Object.fromEntries([...rows, ...counters]);
}
