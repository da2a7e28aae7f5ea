import { AppError, describeError } from '../errors.ts';
import type { StoredSnapshot } from '../ports/backup-folder.ts';
import type { DrillDatabase, DrillPlace } from '../ports/drill.ts';
import type { Ports } from '../ports/ports.ts';
import { isWholeAndVerified } from '../retention/candidate.ts';
import { readFileHeader } from '../snapshot/database-file.ts';
import { openSnapshotFile } from '../snapshot/reader.ts';
import { damageFinding } from './drilling/drill-finding.ts';
import { noteDrill } from './drilling/note-drill.ts';
import { PhaseWatch } from './drilling/phase-watch.ts';
import type { DrillRequest, DrillResult, Trial } from './drilling/request.ts';
import { nothingTried, type TrialRequest, tryFile, tryRows } from './drilling/trial.ts';
import { checkProvider } from './restoring/target.ts';
import { examineInside } from './validate-backup.ts';

/**
 * Restores a snapshot into a database of the drill's own, proves that what came back is what was saved, drops that
 * database, and notes the result. The live database's rows are neither read nor written.
 *
 * @throws AppError SNAPSHOT.NOT_FOUND, AMBIGUOUS, FORMAT, VERSION, ENCRYPTION.*, RESTORE.PROVIDER, RULE.SYNTAX,
 * DATABASE.*, FOLDER.*; what the drill made is dropped then, too
 */
export async function drill(ports: Ports, request: DrillRequest): Promise<DrillResult> {
  const started = ports.clock.now().getTime();
  const watch = new PhaseWatch(ports.clock);
  const stored = await chooseSnapshot(ports, request.reference);
  await ports.engines.identify(request.target);
  const damage = await watch.time('verify', () => verify(ports, stored));
  const tried: Tried =
    damage.length > 0
      ? { ...nothingTried, findings: damage.map(damageFinding), scratch: null, leftovers: [] }
      : await unlessStopped(ports, () => tryOut(ports, { stored, request, watch }));
  const isProved = !tried.findings.some(({ severity }) => severity === 'error');
  const drilled = await noteDrill(ports, { stored, isProved, waitMs: request.lockTimeoutMs });
  const { name, path, bytes, sidecar } = stored;
  return {
    command: 'drill',
    ok: tried.findings.length === 0,
    snapshot: { id: sidecar?.id ?? null, name, path, created: sidecar?.created ?? null, bytes },
    ...tried,
    rows: tried.tables.reduce((sum, table) => sum + table.rows, 0),
    phases: watch.phases,
    restoreMs: tried.tables.length === 0 ? null : watch.sum(['verify', 'create', 'restore']),
    drilled,
    durationMs: Math.max(0, ports.clock.now().getTime() - started),
  };
}

/** What goes wrong after the operator has stopped the run follows from that; what went right by then is no proof. */
async function unlessStopped<T>({ signal }: Ports, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    signal?.throwIfAborted();
  }
}

type Tried = Trial & Pick<DrillResult, 'scratch' | 'leftovers'>;

async function chooseSnapshot({ folder }: Ports, reference: string | null): Promise<StoredSnapshot> {
  if (reference !== null) return folder.find(reference);
  const found = (await folder.list()).find(({ sidecar }) => isWholeAndVerified(sidecar));
  if (found !== undefined) return found;
  throw new AppError('SNAPSHOT.NOT_FOUND', `There is no verified snapshot of all tables in ${folder.path}`, {
    hint: 'Take one with: holdfast backup; or name another one: holdfast drill <snapshot>',
  });
}

async function verify(ports: Ports, stored: StoredSnapshot) {
  ports.progress.phase(`verifying ${stored.name}`, stored.sidecar?.rows ?? null);
  const onRows = (rows: number): void => {
    ports.signal?.throwIfAborted();
    ports.progress.advance(rows);
  };
  return examineInside(ports, stored, { onRows, unlock: ports.unlock });
}

interface TryOut extends Omit<TrialRequest, 'scratch'> {
  readonly stored: StoredSnapshot;
}

async function tryOut(ports: Ports, { stored, request, watch }: TryOut): Promise<Tried> {
  const header = await readFileHeader(stored.path);
  if (header !== null) {
    checkProvider({ header }, request.target.provider);
    return withScratch(ports, { request, watch, schemas: [] }, (scratch) =>
      tryFile(ports, { path: stored.path, header, scratch, request, watch }),
    );
  }
  const file = await openSnapshotFile(stored.path, ports.unlock);
  try {
    checkProvider(file, request.target.provider);
    const schemas = [...new Set(file.manifest.tables.flatMap(({ schema }) => schema ?? []))];
    return await withScratch(ports, { request, watch, schemas }, (scratch) =>
      tryRows(ports, { file, scratch, request, watch }),
    );
  } finally {
    await file.close();
  }
}

interface ScratchRequest extends Omit<TrialRequest, 'scratch'> {
  readonly schemas: readonly string[];
}

/** Runs `work` with a database of its own, which is dropped whatever comes of it. */
async function withScratch(
  ports: Ports,
  { request, watch, schemas }: ScratchRequest,
  work: (scratch: DrillDatabase) => Promise<Trial>,
): Promise<Tried> {
  const { folder, lockTimeoutMs } = request;
  const { newId, processId } = ports;
  const place = await ports.openDrillPlace(request.target, {
    ...{ folder, lockTimeoutMs, newId, processId },
  });
  try {
    const leftovers = await sweep(ports, place);
    ports.signal?.throwIfAborted();
    const made = await watch.time('create', () => place.create(schemas));
    const { kind, name, host } = made;
    const trial = await dropAfter({ made, watch }, work);
    return { ...trial, scratch: { kind, name, host }, leftovers };
  } finally {
    await place.close();
  }
}

async function sweep(ports: Ports, place: DrillPlace): Promise<readonly string[]> {
  const leftovers = await place.sweep();
  for (const name of leftovers) ports.progress.note(`Dropped ${name}, which a drill that died had left`);
  return leftovers;
}

/** What cannot be dropped is said beside what the drill found, or beside the error that ended it. */
async function dropAfter(
  { made, watch }: { readonly made: DrillDatabase; readonly watch: PhaseWatch },
  work: (scratch: DrillDatabase) => Promise<Trial>,
): Promise<Trial> {
  const drop = async (): Promise<string | null> => {
    try {
      await watch.time('drop', () => made.drop());
      return null;
    } catch (error) {
      return `${made.name} could not be dropped (${describeError(error)}); the next drill drops it`;
    }
  };
  let trial: Trial;
  try {
    trial = await work(made);
  } catch (error) {
    const left = await drop();
    if (left === null || !(error instanceof AppError)) throw error;
    const details = { cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) };
    throw new AppError(error.code, `${error.message}; and ${left}`, details);
  }
  const left = await drop();
  return left === null ? trial : { ...trial, warnings: [...trial.warnings, left] };
}
