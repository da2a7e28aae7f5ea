import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { openEngines } from '../../src/database/registry.ts';
import type { DatabaseSnapshot } from '../../src/ports/database.ts';
import { verifySnapshot } from '../../src/snapshot/verify.ts';
import type { BenchDatabase } from '../contestants/bench-database.ts';
import type { Contestant } from '../contestants/contestant.ts';
import { holdfastBackup, holdfastRestore, snapshotFile } from '../contestants/holdfast.ts';
import { runContestant } from '../measure/alternate.ts';
import { childCpuSecondsOf } from '../measure/process-usage.ts';
import { runSteps } from '../measure/run.ts';
import type { Options } from '../options.ts';
import { formatCount } from '../results/format.ts';
import { type Findings, noFindings, type StageResult, type StageTable } from '../results/part.ts';
import { openDatabase, type Workplace } from '../workplace.ts';

const compress = promisify(gzip);
const pieceBytes = 1 << 20;
const pendingPieces = 4;
const level = 6;

/** Where the time of a backup and of a restore goes: every stage by itself on the same bytes, then all together. */
export async function runStagesPart(workplace: Workplace, options: Options): Promise<Findings> {
  const stages: StageTable[] = [];
  for (const engine of options.engines) {
    const database = await openDatabase(workplace, engine, { rows: options.rows, idKind: 'bigint' });
    workplace.say(`${database.engine.title}: the stages of ${formatCount(options.rows)} rows`);
    stages.push(await measureBackup(database), await measureRestore(database));
  }
  return { ...noFindings, stages };
}

type Cost = Omit<StageResult, 'name' | 'bytes'>;

/** What some work costs here, in the programs that it starts, and in the database server. */
async function costOf(database: BenchDatabase, work: () => Promise<unknown>): Promise<Cost> {
  const { engine } = database;
  const ownCpu = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6 + childCpuSecondsOf(process.pid);
  };
  const serverBefore = await engine.serverCpuSeconds();
  const cpuBefore = ownCpu();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const cpuSeconds = ownCpu() - cpuBefore;
  return { seconds, cpuSeconds, serverCpuSeconds: (await engine.serverCpuSeconds()) - serverBefore };
}

async function measureBackup(database: BenchDatabase): Promise<StageTable> {
  const { engine, source, folder } = database;
  const textFile = join(folder, 'rows.txt');
  const textBytes = await storeText(database, textFile);

  const drain = engine.drain(source);
  const server = await costOf(database, () => engine.formEveryCell(source));
  const drained = drain === null ? server : await costOf(database, () => runSteps([drain]));
  const read = await costOf(database, () => readRows(database, () => undefined));
  const hashing = await costOf(database, () => hashFile(textFile));
  const pieces: Buffer[] = [];
  const compression = await costOf(database, () => compressFile(textFile, pieces));
  const storedBytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const disk = await costOf(database, () => writePieces(join(folder, 'pieces'), pieces));
  const whole = await costOfCommand(database, holdfastBackup(database, level));
  const readBack = await costOf(database, () => verifySnapshot(snapshotFile(folder)));

  const transport =
    drain === null ? [] : [{ name: 'transport', ...difference(drained, server), bytes: textBytes }];
  const stages = [
    { name: 'server: the text of every cell', ...server, bytes: textBytes },
    ...transport,
    { name: 'transcoding to JSON', ...difference(read, drained), bytes: textBytes },
    { name: 'hashing (SHA-256, once)', ...hashing, bytes: textBytes },
    { name: `compression (level ${level}, thread pool)`, ...compression, bytes: textBytes },
    { name: 'disk: write and fsync', ...disk, bytes: storedBytes },
    { name: 'reading back and checking', ...readBack, bytes: textBytes },
    { name: 'server, transport and transcoding together', ...read, bytes: textBytes },
  ];
  return { ...describe(database), work: 'backup', stages, whole };
}

async function measureRestore(database: BenchDatabase): Promise<StageTable> {
  const { engine, folder } = database;
  const restore = holdfastRestore(database);
  await restore.prepare?.();
  const check = await costOf(database, () => verifySnapshot(snapshotFile(folder)));
  const whole = await costOfCommand(database, restore);
  const rest = difference(whole, check);
  const stages = [
    { name: 'reading, inflating and checking the snapshot', ...check, bytes: 0 },
    { name: `everything else: planning, transcoding, and ${engine.title}`, ...rest, bytes: 0 },
  ];
  return { ...describe(database), work: 'restore', stages, whole };
}

function describe({ engine, idKind, sizes }: BenchDatabase): Pick<StageTable, 'engine' | 'rows' | 'idKind'> {
  return { engine: engine.name, rows: sizes.orders, idKind };
}

async function costOfCommand(database: BenchDatabase, contestant: Contestant): Promise<Cost> {
  const { engine, source } = database;
  const serverBefore = await engine.serverCpuSeconds();
  const { seconds, cpuSeconds } = await runContestant(contestant, () => engine.settle(source));
  return { seconds, cpuSeconds, serverCpuSeconds: (await engine.serverCpuSeconds()) - serverBefore };
}

/** What one stage adds to those before it. They overlap, so that it may add no time of its own. */
function difference(all: Cost, before: Cost): Cost {
  const rest = (value: number, part: number): number => Math.max(0, value - part);
  return {
    seconds: rest(all.seconds, before.seconds),
    cpuSeconds: rest(all.cpuSeconds, before.cpuSeconds),
    serverCpuSeconds: rest(all.serverCpuSeconds, before.serverCpuSeconds),
  };
}

/** The rows as Holdfast's own reader makes them of what the database sends. */
async function readRows(
  { engine, source }: BenchDatabase,
  use: (bytes: Uint8Array) => Promise<unknown> | undefined,
): Promise<void> {
  const url = engine.url(source);
  const { provider } = engine.prisma;
  const target = {
    ...{ provider, url, schemas: [], origin: 'the bench' },
    file: url.startsWith('file:') ? url.slice('file:'.length) : null,
  };
  const opened = await openEngines().open(target, { lockTimeoutMs: 10_000 });
  let snapshot: DatabaseSnapshot | null = null;
  try {
    snapshot = await opened.openSnapshot({ allSchemas: false });
    for (const table of snapshot.catalogue.tables) {
      for await (const chunk of snapshot.rows(table)) await use(chunk.bytes);
    }
  } finally {
    await snapshot?.close();
    await opened.close();
  }
}

async function storeText(database: BenchDatabase, path: string): Promise<number> {
  const file = await open(path, 'w');
  let bytes = 0;
  try {
    await readRows(database, (chunk) => {
      bytes += chunk.length;
      return file.writeFile(chunk);
    });
  } finally {
    await file.close();
  }
  return bytes;
}

async function* piecesOf(path: string): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(pieceBytes));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of piecesOf(path)) hash.update(piece);
  return hash.digest('hex');
}

async function compressFile(path: string, compressed: Buffer[]): Promise<void> {
  const pending: Promise<Buffer>[] = [];
  for await (const piece of piecesOf(path)) {
    pending.push(compress(piece, { level, chunkSize: 1 << 18 }));
    if (pending.length >= pendingPieces) compressed.push(await pending.shift()!);
  }
  for (const piece of pending) compressed.push(await piece);
}

async function writePieces(path: string, pieces: readonly Buffer[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const piece of pieces) await file.write(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}
