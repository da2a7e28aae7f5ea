import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { createDemoDatabase } from '../../../prisma/demo/database.ts';
import { openPorts } from '../../../src/app.ts';
import { readCheckSettings } from '../../../src/config/check-settings.ts';
import { loadSettings } from '../../../src/config/load-settings.ts';
import type { AppSchema } from '../../../src/operations/app-schema.ts';
import { backup } from '../../../src/operations/backup.ts';
import { type ValidateDataResult, validateData } from '../../../src/operations/validate-data.ts';
import type { Ports } from '../../../src/ports/ports.ts';
import { parsePrismaSchema } from '../../../src/schema/parse-prisma-schema.ts';
import type { Tier } from '../../../src/snapshot/header.ts';
import { projectFolder } from '../cli.ts';
import { backupOf } from '../operations/requests.ts';
import { sqliteTarget } from '../sqlite.ts';

const dayMs = 86_400_000;
const lastDay = Date.parse('2026-06-30T00:00:00Z');

interface PlannedBackup {
  readonly at: Date;
  readonly name: string;
  readonly tier: Tier | null;
}

/** Dailies, weeklies and monthlies that a year leaves, a few of them beyond the usual policy, and some by hand. */
function planYear(): readonly PlannedBackup[] {
  const at = (day: number, hour: number): Date => new Date(day + hour * 3_600_000);
  const plan = (tier: Tier | null, days: readonly number[], hour: number): PlannedBackup[] =>
    days.map((day) => {
      const date = new Date(day).toISOString().slice(0, 10);
      return {
        at: at(day, hour),
        tier,
        name: tier === null ? `before-release-${date}` : `${tier}-backup-${date}`,
      };
    });
  const days = Array.from({ length: 370 }, (_, index) => lastDay - index * dayMs);
  return [
    ...plan(
      'monthly',
      days.filter((day) => new Date(day).getUTCDate() === 1),
      4,
    ),
    ...plan('weekly', days.filter((day) => new Date(day).getUTCDay() === 0).slice(0, 7), 3),
    ...plan('daily', days.slice(0, 34), 2),
    ...plan(
      null,
      [40, 101, 180, 251].map((index) => days[index]!),
      15,
    ),
  ].sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** The demo shop with the backups of a year, at eight in the morning of the last day. */
export interface ShopYear {
  readonly ports: Ports;
  readonly database: string;
  readonly appSchema: AppSchema;
  readonly backups: number;
}

/** Makes the shop and its backups in an empty folder; each holds what the shop had by then. */
export async function spendShopYear(folder: string, rows: number): Promise<ShopYear> {
  const [whole, database] = [path.join(folder, 'whole.db'), path.join(folder, 'stocktake.db')];
  mkdirSync(folder, { recursive: true });
  createDemoDatabase(whole, rows);
  const appSchema = await readShopSchema();
  let now = new Date(lastDay);
  const ports = openPorts({
    backupDir: path.join(folder, 'backups'),
    progress: { phase() {}, item() {}, advance() {}, note() {} },
    clock: { now: () => now },
  });
  const plan = planYear();
  for (const { at, name, tier } of plan) {
    now = at;
    copyFileSync(whole, database);
    forgetLater(database, at);
    await backup(ports, backupOf(sqliteTarget(database), { name, tier, appSchema }));
  }
  now = new Date(lastDay + dayMs / 3);
  copyFileSync(whole, database);
  rmSync(whole);
  return { ports, database, appSchema, backups: plan.length };
}

/** What `holdfast validate data` finds in the shop. */
export async function checkShop({ ports, database, appSchema }: ShopYear): Promise<ValidateDataResult> {
  const app = path.join(projectFolder, 'prisma/demo');
  const settings = await loadSettings({ cwd: app, flags: {}, env: {} });
  return validateData(ports, {
    subject: {
      ...{ is: 'database', target: sqliteTarget(database), lockTimeoutMs: 2000 },
      ...{ scope: { allSchemas: false }, appSchema },
    },
    settings: await readCheckSettings(settings),
    choice: { models: [], checks: [] },
    failOn: 'error',
    samples: 5,
    timeoutMs: 30_000,
  });
}

async function readShopSchema(): Promise<AppSchema> {
  const file = path.join(projectFolder, 'prisma/demo/schema.prisma');
  const text = readFileSync(file, 'utf8');
  return { schema: await parsePrismaSchema([{ path: file, text }]), text, defaultSchema: 'public' };
}

/** Takes the database back to what the shop had at an instant. */
function forgetLater(file: string, instant: Date): void {
  run(file, [
    'PRAGMA foreign_keys = ON',
    ...['orders.placed_at', 'stock_movements.moved_at', 'stocktakes.opened_at'].map((place) => {
      const [table, column] = place.split('.');
      return `DELETE FROM ${table} WHERE ${column} > '${instant.toISOString()}'`;
    }),
  ]);
}

/** Damages the data of the shop, as bugs and hands do. */
export function damageShop(file: string): void {
  run(file, [
    'PRAGMA foreign_keys = OFF',
    'DELETE FROM products WHERE id = 7',
    'UPDATE stock_levels SET quantity = -4 WHERE rowid IN (SELECT rowid FROM stock_levels LIMIT 3)',
    `UPDATE orders SET status = 'LOST' WHERE id % 400 = 0`,
    `UPDATE orders SET placed_at = '2031-01-01T00:00:00.000+00:00' WHERE id = 12`,
    `UPDATE users SET email = '' WHERE id = 3`,
  ]);
}

function run(file: string, statements: readonly string[]): void {
  const database = new Database(file);
  try {
    for (const statement of statements) database.exec(statement);
  } finally {
    database.close();
  }
}
