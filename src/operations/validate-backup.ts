import { dirname } from 'node:path';
import { describeError } from '../errors.ts';
import type { Ports, StoredSnapshot } from '../ports.ts';
import { formatTableName } from '../snapshot/table.ts';
import { type Damage, verifySnapshot } from '../snapshot/verify.ts';
import { hashFile } from '../util/hash-file.ts';
import type { Finding } from './finding.ts';

export interface ValidateBackupResult {
  readonly command: 'validate backup';
  /** True when nothing was found. */
  readonly ok: boolean;
  readonly snapshot: {
    readonly name: string;
    readonly path: string;
    readonly bytes: number;
    readonly rows: number | null;
  };
  readonly findings: readonly Finding[];
  readonly durationMs: number;
}

/**
 * Reads every byte of a snapshot and compares it with its checksums, counts and columns, and with its sidecar. A good
 * result is noted in the sidecar when the run lock is free.
 *
 * @throws AppError SNAPSHOT.NOT_FOUND, AMBIGUOUS, FORMAT, VERSION
 */
export async function validateBackup(ports: Ports, reference: string): Promise<ValidateBackupResult> {
  const started = ports.clock.now();
  const stored = await ports.folder.find(reference);
  ports.progress.phase(`verifying ${stored.name}`, stored.sidecar?.rows ?? null);
  const onRows = (rows: number): void => {
    ports.signal?.throwIfAborted();
    ports.progress.advance(rows);
  };
  const damages = await verifySnapshot(stored.path, { onRows });
  const findings = damages.map((damage) => findingOf(damage, stored));
  if (findings.length === 0) findings.push(...(await compareWithSidecar(stored)));
  if (findings.length === 0) await noteVerified(ports, stored);
  const { name, path, bytes, sidecar } = stored;
  return {
    command: 'validate backup',
    ok: findings.length === 0,
    snapshot: { name, path, bytes, rows: sidecar?.rows ?? null },
    findings,
    durationMs: ports.clock.now().getTime() - started.getTime(),
  };
}

function findingOf({ code, table, message }: Damage, stored: StoredSnapshot): Finding {
  return {
    check: code,
    severity: 'error',
    model: table?.model ?? null,
    table: table === null ? null : formatTableName(table),
    field: null,
    count: 1,
    samples: [stored.path],
    message,
  };
}

/** A good snapshot that is not the one which the sidecar describes was put in its place. */
async function compareWithSidecar(stored: StoredSnapshot): Promise<Finding[]> {
  if (stored.sidecar === null || stored.sidecar.sha256 === (await hashFile(stored.path))) return [];
  const message = `${stored.name} is another snapshot than the one that its sidecar describes`;
  return [findingOf({ code: 'SNAPSHOT.CHECKSUM', table: null, message }, stored)];
}

/** Only a note: a folder that is read-only, or in use by another run, does not make the snapshot less good. */
async function noteVerified(ports: Ports, { path, sidecar }: StoredSnapshot): Promise<void> {
  if (sidecar === null || dirname(path) !== ports.folder.path) return;
  try {
    const lock = await ports.folder.lock();
    try {
      await ports.folder.saveSidecar(path, { ...sidecar, verified: ports.clock.now().toISOString() });
    } finally {
      await lock.release();
    }
  } catch (error) {
    ports.progress.note(`The result could not be noted beside the snapshot: ${describeError(error)}`);
  }
}
