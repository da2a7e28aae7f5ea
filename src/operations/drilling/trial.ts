import type { Database } from '../../ports/database.ts';
import type { DrillDatabase } from '../../ports/drill.ts';
import type { NumberedColumn } from '../../ports/next-id.ts';
import type { Ports } from '../../ports/ports.ts';
import type { FileHeader } from '../../snapshot/database-file.ts';
import type { SnapshotFile } from '../../snapshot/reader.ts';
import type { SequenceState } from '../../snapshot/table.ts';
import { withUnpackedFile } from '../unpack-database-file.ts';
import { defaultSchemaOf, readSchema } from '../validating/data-source.ts';
import { type CheckedRestore, checkRestoredData, type DataCheckRequest } from './check-data.ts';
import { compareTables } from './compare.ts';
import { refusalFinding, restoreFinding } from './drill-finding.ts';
import type { PhaseWatch } from './phase-watch.ts';
import { readHeads, rehearse } from './rehearse.ts';
import { countTrials, type DrillRequest, type Trial } from './request.ts';

export interface TrialRequest {
  readonly scratch: DrillDatabase;
  readonly request: DrillRequest;
  readonly watch: PhaseWatch;
}

/** Restores a snapshot of rows into the scratch database, and proves what came of it. */
export async function tryRows(
  ports: Ports,
  { file, scratch, request, watch }: TrialRequest & { readonly file: SnapshotFile },
): Promise<Trial> {
  const chosen = await readHeads(file);
  const tables = chosen.map(({ entry: { schema, name, model, rows } }) => ({ schema, name, model, rows }));
  const database = await scratch.open(openOptions(ports, request));
  try {
    const warnings = await watch
      .time('restore', () => rehearse(ports, { file, database }, chosen))
      .catch((error: unknown) => restoreFinding(error));
    if ('check' in warnings) return { ...nothingTried, findings: [warnings] };
    const schema = (await readSchema(file)) ?? (await request.findSchema());
    const compared = await readBack(database, async (snapshot) => ({
      findings: await watch.time('compare', () => compareTables(ports, { file, snapshot }, chosen)),
      ...(await check(ports, {
        ...{ watch, request, snapshot, schema },
        provider: file.header.provider,
        defaultSchema: defaultSchemaOf(file.manifest.tables),
        sequences: file.manifest.sequences,
        isPartial: file.header.partial,
        now: new Date(file.header.created),
      })),
    }));
    const written = await writeRows(ports, { database, watch, columns: compared.columns });
    const findings = [...compared.findings, ...compared.data.findings, ...written.findings];
    return { tables, checks: compared.data.checked.length, nextIds: written.nextIds, findings, warnings };
  } finally {
    await database.close();
  }
}

/** Unpacks a whole database file into the scratch place, checks every page, and proves what is in it. */
export async function tryFile(
  ports: Ports,
  {
    path,
    header,
    scratch,
    request,
    watch,
  }: TrialRequest & { readonly path: string; readonly header: FileHeader },
): Promise<Trial> {
  const started = ports.clock.now().getTime();
  const folder = scratch.folder ?? undefined;
  return withUnpackedFile(
    ports,
    { path, header, ...(folder === undefined ? {} : { folder }) },
    async (unpacked) => {
      const { database } = unpacked;
      await database.file!.examine();
      watch.add('restore', ports.clock.now().getTime() - started);
      const schema = await request.findSchema();
      const { data, columns } = await readBack(database, (snapshot) =>
        check(ports, {
          ...{ watch, request, snapshot, schema },
          ...{ provider: header.provider, defaultSchema: 'public', isPartial: header.partial },
          sequences: snapshot.catalogue.sequences,
          now: new Date(header.created),
        }),
      );
      const written = await writeRows(ports, { database, watch, columns });
      return {
        tables: header.tables.map((table) => ({ schema: null, ...table })),
        checks: data.checked.length,
        nextIds: written.nextIds,
        findings: [...data.findings, ...written.findings],
        warnings: [],
      };
    },
  );
}

export const nothingTried: Trial = {
  ...{ tables: [], checks: 0, findings: [], warnings: [] },
  nextIds: { written: 0, empty: 0, refused: 0 },
};

function openOptions({ signal }: Ports, { lockTimeoutMs }: DrillRequest) {
  return signal === undefined ? { lockTimeoutMs } : { lockTimeoutMs, signal };
}

async function readBack<T>(
  database: Database,
  work: (snapshot: DataCheckRequest['snapshot']) => Promise<T>,
): Promise<T> {
  const snapshot = await database.openSnapshot({ allSchemas: false });
  try {
    return await work(snapshot);
  } finally {
    await snapshot.close();
  }
}

type Checking = Omit<DataCheckRequest, 'settings' | 'samples' | 'timeoutMs'> & Omit<TrialRequest, 'scratch'>;

async function check(
  ports: Ports,
  { watch, request, ...facts }: Checking,
): Promise<{ readonly data: CheckedRestore; readonly columns: readonly NumberedColumn[] }> {
  const { settings, samples, timeoutMs } = request;
  const data = await watch.time('check', () =>
    checkRestoredData(ports, { ...facts, settings, samples, timeoutMs }),
  );
  return { data, columns: numberedColumns(facts.snapshot.catalogue.sequences) };
}

function numberedColumns(sequences: readonly SequenceState[]): NumberedColumn[] {
  return sequences.flatMap(({ feeds }) => (feeds === null ? [] : [feeds]));
}

async function writeRows(
  ports: Ports,
  {
    database,
    watch,
    columns,
  }: { readonly database: Database; readonly watch: PhaseWatch; readonly columns: readonly NumberedColumn[] },
): Promise<Pick<Trial, 'nextIds' | 'findings'>> {
  ports.progress.phase('writing new rows', null);
  const trials = await watch.time('write', () => database.tryNextIds(columns));
  const refused = trials.filter(({ outcome }) => outcome === 'refused');
  return { nextIds: countTrials(trials), findings: refused.map(refusalFinding) };
}
