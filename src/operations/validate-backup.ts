import { basename, dirname } from 'node:path';
import { AppError, describeError } from '../errors.ts';
import type { StoredSnapshot } from '../ports/backup-folder.ts';
import type { Ports } from '../ports/ports.ts';
import { hasEncryptedName } from '../snapshot/name.ts';
import type { Verification } from '../snapshot/sidecar.ts';
import { formatTableName } from '../snapshot/table.ts';
import { type Damage, type VerifyOptions, verifySnapshot } from '../snapshot/verify.ts';
import type { Finding } from '../util/finding.ts';
import { hashFile } from '../util/hash-file.ts';
import { requireReadable } from './readable-sidecar.ts';
import { verifyDatabaseFile } from './verify-database-file.ts';

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
  /** `stored bytes`: the file is encrypted and no key was given, so only its checksum was compared. */
  readonly verifiedBy: Verification;
  readonly findings: readonly Finding[];
  readonly durationMs: number;
}

/**
 * Reads every byte of a snapshot and compares it with its checksums, counts and columns, and with its sidecar; of an
 * encrypted one without a key, its stored bytes with the sidecar's checksum. A good result is noted in the sidecar when
 * the run lock is free.
 *
 * @throws AppError SNAPSHOT.NOT_FOUND, AMBIGUOUS, FORMAT, VERSION, ENCRYPTION.WRONG_IDENTITY,
 * ENCRYPTION.IDENTITY_MISSING when there is neither key nor sidecar
 */
export async function validateBackup(ports: Ports, reference: string): Promise<ValidateBackupResult> {
  const started = ports.clock.now();
  const stored = await ports.folder.find(reference);
  ports.progress.phase(`verifying ${stored.name}`, stored.sidecar?.rows ?? null);
  const onRows = (rows: number): void => {
    ports.signal?.throwIfAborted();
    ports.progress.advance(rows);
  };
  const { findings, verifiedBy } = await examine(ports, stored, { onRows, unlock: ports.unlock });
  if (findings.length === 0) await noteVerified(ports, stored, verifiedBy);
  const { name, path, bytes, sidecar } = stored;
  return {
    command: 'validate backup',
    ok: findings.length === 0,
    snapshot: { name, path, bytes, rows: sidecar?.rows ?? null },
    verifiedBy,
    findings,
    durationMs: ports.clock.now().getTime() - started.getTime(),
  };
}

type Examined = Pick<ValidateBackupResult, 'findings' | 'verifiedBy'>;

async function examine(ports: Ports, stored: StoredSnapshot, options: VerifyOptions): Promise<Examined> {
  try {
    return { findings: await examineInside(ports, stored, options), verifiedBy: 'decoded' };
  } catch (error) {
    return examineOutside(stored, error);
  }
}

/**
 * Reads every byte of a snapshot, and compares it with its sidecar.
 *
 * @throws AppError SNAPSHOT.NOT_FOUND, FORMAT, VERSION, ENCRYPTION.*
 */
export async function examineInside(
  ports: Ports,
  stored: StoredSnapshot,
  options: VerifyOptions,
): Promise<Finding[]> {
  const damages =
    (await verifyDatabaseFile(ports, stored.path)) ?? (await verifySnapshot(stored.path, options));
  const findings = damages.map((damage) => findingOf(damage, stored));
  return findings.length === 0 ? compareWithSidecar(stored) : findings;
}

/** Also with a key that does not fit: that may be damage of the file's first bytes. */
async function examineOutside(stored: StoredSnapshot, error: unknown): Promise<Examined> {
  const code = error instanceof AppError ? error.code : null;
  const isLocked = code === 'ENCRYPTION.IDENTITY_MISSING';
  if (stored.sidecar === null || !(isLocked || code === 'ENCRYPTION.WRONG_IDENTITY')) throw error;
  const findings = await compareWithSidecar(stored);
  if (findings.length === 0 && !isLocked) throw error;
  return { findings, verifiedBy: 'stored bytes' };
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
  const message = `${stored.name} is another file than the one that its sidecar describes`;
  return [findingOf({ code: 'SNAPSHOT.CHECKSUM', table: null, message }, stored)];
}

/** Only a note: a folder that is read-only, or in use by another run, does not make the snapshot less good. */
async function noteVerified(ports: Ports, stored: StoredSnapshot, verifiedBy: Verification): Promise<void> {
  const { path } = stored;
  if (stored.sidecar === null || dirname(path) !== ports.folder.path) return;
  try {
    const lock = await ports.folder.lock();
    try {
      // Once more under the lock: it may be pinned, or another file, by now.
      const current = await ports.folder.find(path);
      requireReadable(current);
      const { sidecar } = current;
      if (sidecar === null || sidecar.sha256 !== stored.sidecar.sha256) return;
      const verified = ports.clock.now().toISOString();
      const how = hasEncryptedName(basename(path)) ? { verifiedBy } : {};
      await ports.folder.saveSidecar(path, { ...sidecar, verified, ...how });
    } finally {
      await lock.release();
    }
  } catch (error) {
    ports.progress.note(`The result could not be noted beside the snapshot: ${describeError(error)}`);
  }
}
