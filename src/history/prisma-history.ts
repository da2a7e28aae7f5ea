import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { Alarm, History, HistoryQuery, HistoryRun, KeptSetting } from '../ports/history.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { unusable } from './prepare-file.ts';
import { fromRow, toRow } from './run-row.ts';

/** How long another process may hold the file. */
const busyTimeoutMs = 5000;

/** The history in a file that `prepareHistoryFile` has made. */
export class PrismaHistory implements History {
  readonly #path: string;
  readonly #client: PrismaClient;

  constructor(path: string) {
    this.#path = path;
    const adapter = new PrismaBetterSqlite3({ url: `file:${path}`, timeout: busyTimeoutMs });
    this.#client = new PrismaClient({ adapter, errorFormat: 'minimal' });
  }

  async save(run: HistoryRun): Promise<void> {
    const { id, ...row } = toRow(run);
    await this.#ask((client) => client.run.upsert({ where: { id }, create: { id, ...row }, update: row }));
  }

  async forget({ before, keep }: { readonly before: Date; readonly keep: number }): Promise<void> {
    const oldestKept = await this.#ask((client) =>
      client.run.findFirst({ orderBy: { started: 'desc' }, skip: keep - 1, select: { started: true } }),
    );
    if (oldestKept === null) return;
    const lt = oldestKept.started < before ? oldestKept.started : before;
    await this.#ask((client) => client.run.deleteMany({ where: { started: { lt } } }));
  }

  async saveSettings(
    settings: Readonly<Record<string, string>>,
    run: { id: string; at: Date },
  ): Promise<void> {
    const known = new Map((await this.settings()).map(({ name, value }) => [name, value]));
    const changed = Object.entries(settings).filter(([name, value]) => known.get(name) !== value);
    const gone = [...known.keys()].filter((name) => !Object.hasOwn(settings, name));
    if (changed.length === 0 && gone.length === 0) return;
    await this.#ask((client) =>
      client.$transaction([
        client.setting.deleteMany({ where: { name: { in: gone } } }),
        ...changed.map(([name, value]) => {
          const row = { value, changed: run.at, run: run.id };
          return client.setting.upsert({ where: { name }, create: { name, ...row }, update: row });
        }),
      ]),
    );
  }

  async runs(query: HistoryQuery): Promise<readonly HistoryRun[]> {
    const { snapshot, limit } = query;
    const rows = await this.#ask((client) =>
      client.run.findMany({
        where: conditionOf(query),
        orderBy: [{ started: 'desc' }, { id: 'desc' }],
        ...(limit === null || snapshot !== null ? {} : { take: limit }),
      }),
    );
    if (snapshot === null) return rows.map(fromRow);
    // In Prisma's `contains` an underscore stands for any character, and names of snapshots may have some.
    const found = rows.filter((row) => row.snapshot?.includes(snapshot));
    return found.slice(0, limit ?? found.length).map(fromRow);
  }

  async settings(): Promise<readonly KeptSetting[]> {
    const rows = await this.#ask((client) => client.setting.findMany({ orderBy: { name: 'asc' } }));
    return rows.map(({ name, value, changed }) => ({ name, value, changed: changed.toISOString() }));
  }

  async readAlarm(name: string): Promise<Alarm | null> {
    const row = await this.#ask((client) => client.alarm.findUnique({ where: { name } }));
    if (row === null) return null;
    const { since, count, digest, sent } = row;
    return { since: since.toISOString(), count, digest, sent: sent?.toISOString() ?? null };
  }

  async writeAlarm(name: string, alarm: Alarm | null): Promise<void> {
    if (alarm === null) {
      await this.#ask((client) => client.alarm.deleteMany({ where: { name } }));
      return;
    }
    const { since, count, digest, sent } = alarm;
    const row = { since: new Date(since), count, digest, sent: sent === null ? null : new Date(sent) };
    await this.#ask((client) =>
      client.alarm.upsert({ where: { name }, create: { name, ...row }, update: row }),
    );
  }

  async close(): Promise<void> {
    await this.#client.$disconnect();
  }

  /** @throws AppError HISTORY.UNUSABLE in place of any error of Prisma */
  async #ask<T>(question: (client: PrismaClient) => Promise<T>): Promise<T> {
    try {
      return await question(this.#client);
    } catch (error) {
      throw unusable(this.#path, withoutCallSite(error));
    }
  }
}

function conditionOf({ command, result, since, snapshot }: HistoryQuery): Prisma.RunWhereInput {
  return {
    ...(command === null ? {} : { command }),
    ...(result === null ? {} : { result }),
    ...(since === null ? {} : { started: { gte: since } }),
    ...(snapshot === null ? {} : { snapshot: { contains: snapshot } }),
  };
}

/** Prisma's messages begin with the call that failed; the reason is their last line. */
function withoutCallSite(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const lines = error.message.split('\n').filter((line) => line.trim() !== '');
  return new Error(lines.at(-1)?.trim() ?? error.name, { cause: error });
}
