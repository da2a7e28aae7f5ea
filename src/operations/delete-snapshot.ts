import path from 'node:path';
import { AppError } from '../errors.ts';
import type { StoredSnapshot } from '../ports/backup-folder.ts';
import type { Ports } from '../ports/ports.ts';
import { isWholeAndVerified, tiersServed } from '../retention/candidate.ts';
import type { Tier } from '../snapshot/header.ts';
import { shellWord } from '../util/shell-word.ts';
import { findNeeded } from './needed-snapshots.ts';
import { checkInFolder } from './pin-snapshot.ts';
import { requireReadable } from './readable-sidecar.ts';

/** What the operator is shown before consent. */
export interface DeleteQuestion {
  readonly snapshot: DeletedSnapshot;
  /** What has to be typed: the name of the database whose data it is. */
  readonly confirmName: string;
  readonly warnings: readonly string[];
}

export interface DeletedSnapshot {
  readonly id: string | null;
  readonly name: string;
  readonly path: string;
  readonly created: string | null;
  readonly tiers: readonly Tier[];
  readonly rows: number | null;
  readonly bytes: number;
}

export interface DeleteRequest {
  readonly reference: string;
  readonly confirm: string | null;
  /** Shows the plan, and returns what was typed; null where nobody can answer. */
  readonly ask: (question: DeleteQuestion) => Promise<string | null>;
  readonly dryRun: boolean;
}

export interface DeleteResult {
  readonly command: 'delete';
  readonly ok: true;
  readonly dryRun: boolean;
  readonly snapshot: DeletedSnapshot;
  readonly warnings: readonly string[];
}

/**
 * Deletes one snapshot for good, with the consent of the operator.
 *
 * @throws AppError CONSENT.MISSING, SNAPSHOT.NOT_FOUND, SNAPSHOT.NEEDED, RUN.LOCKED, FOLDER.*; nothing is deleted then
 */
export async function deleteSnapshot(ports: Ports, request: DeleteRequest): Promise<DeleteResult> {
  const { folder } = ports;
  const first = await folder.find(request.reference);
  checkInFolder(first, folder.path);
  if (request.dryRun) return describeResult(await makeQuestion(ports, first), true);
  const lock = await folder.lock();
  try {
    // Once more under the lock: it may be pinned, or gone, by now.
    const stored = await folder.find(first.path);
    const question = await makeQuestion(ports, stored);
    await requireConsent(question, request);
    await folder.deleteSnapshot(stored.path);
    return describeResult(question, false);
  } finally {
    await lock.release();
  }
}

async function makeQuestion({ folder }: Ports, stored: StoredSnapshot): Promise<DeleteQuestion> {
  requireReadable(stored);
  const snapshots = await folder.list();
  const reason = (await findNeeded(folder, snapshots)).get(stored.path);
  if (stored.sidecar?.pinned === true) {
    throw needed(stored, 'it is pinned', `holdfast unpin ${stored.name}, then delete it`);
  }
  if (reason !== undefined) throw needed(stored, reason, 'It can be deleted after the next restore');
  return {
    snapshot: describeSnapshot(stored),
    confirmName: confirmNameOf(stored, snapshots),
    warnings: warnIfLast(stored, snapshots),
  };
}

function needed({ name }: StoredSnapshot, reason: string, hint: string): AppError {
  return new AppError('SNAPSHOT.NEEDED', `Cannot delete ${name}: ${reason}`, { hint });
}

function confirmNameOf({ sidecar, name }: StoredSnapshot, snapshots: readonly StoredSnapshot[]): string {
  const database = (sidecar ?? snapshots.find((one) => one.sidecar !== null)?.sidecar)?.database;
  if (database === undefined) return name;
  return database.host === null ? path.basename(database.name) : database.name;
}

function warnIfLast(stored: StoredSnapshot, snapshots: readonly StoredSnapshot[]): readonly string[] {
  if (!isWholeAndVerified(stored.sidecar)) return [];
  const others = snapshots.filter((one) => one.path !== stored.path && isWholeAndVerified(one.sidecar));
  if (others.length === 0) return ['It is the only verified snapshot: after this there is none'];
  const { created } = stored.sidecar;
  const lastDrilled =
    stored.sidecar.drilled !== null && !others.some(({ sidecar }) => sidecar?.drilled != null)
      ? ['It is the only snapshot that was restored and checked by a drill']
      : [];
  const isNewest = others.every((one) => (one.sidecar?.created ?? '') < created);
  return [...(isNewest ? ['It is the newest verified snapshot'] : []), ...lastDrilled];
}

async function requireConsent(question: DeleteQuestion, { confirm, ask }: DeleteRequest): Promise<void> {
  const typed = confirm ?? (await ask(question));
  // The snapshot's own name is as good a sign that this one is meant.
  if (typed !== null && [question.confirmName, question.snapshot.name].includes(typed)) return;
  const given = typed === null || typed === '' ? '' : `: ${JSON.stringify(typed)} is not its database`;
  throw new AppError(
    'CONSENT.MISSING',
    `The snapshot ${question.snapshot.name} would be deleted for good${given}; nothing was deleted`,
    {
      hint: `If that is what you want, run the command again with: --confirm ${shellWord(question.confirmName)}`,
    },
  );
}

function describeSnapshot({ name, path, bytes, sidecar }: StoredSnapshot): DeletedSnapshot {
  return {
    id: sidecar?.id ?? null,
    ...{ name, path },
    created: sidecar?.created ?? null,
    tiers: sidecar === null ? [] : tiersServed(sidecar),
    rows: sidecar?.rows ?? null,
    bytes,
  };
}

function describeResult({ snapshot, warnings }: DeleteQuestion, dryRun: boolean): DeleteResult {
  return { command: 'delete', ok: true, dryRun, snapshot, warnings };
}
