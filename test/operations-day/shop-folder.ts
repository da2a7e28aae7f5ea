import path from 'node:path';
import Database from 'better-sqlite3';
import { openPorts } from '../../src/app.ts';
import { auto } from '../../src/operations/auto.ts';
import type { AutoRequest, AutoResult } from '../../src/operations/auto-request.ts';
import type { CleanupRequest } from '../../src/operations/cleanup.ts';
import type { DatabaseTarget } from '../../src/ports/database.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { defaultPolicy } from '../../src/retention/policy.ts';
import { defaultSchedule } from '../../src/retention/schedule.ts';
import { backupOf } from '../support/operations/requests.ts';
import { makeTempFolder } from '../support/sqlite.ts';

/** A small shop with a backup folder and a clock that the test sets. */
export class ShopFolder {
  readonly file: string;
  readonly backups: string;
  readonly target: DatabaseTarget;
  readonly ports: Ports;
  readonly notes: string[] = [];
  now: Date;

  constructor(now: string) {
    const folder = makeTempFolder();
    this.file = path.join(folder, 'app.db');
    this.backups = path.join(folder, 'backups');
    this.now = new Date(now);
    this.change('CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT)');
    this.fill(100);
    this.target = {
      provider: 'sqlite',
      url: `file:${this.file}`,
      file: this.file,
      schemas: [],
      origin: 'test',
    };
    this.ports = openPorts({
      backupDir: this.backups,
      progress: { phase() {}, item() {}, advance() {}, note: (message) => this.notes.push(message) },
      clock: { now: () => this.now },
    });
  }

  change(sql: string): void {
    const database = new Database(this.file);
    database.exec(sql);
    database.close();
  }

  fill(rows: number): void {
    this.change(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
       INSERT INTO product (name) SELECT 'product ' || i FROM n`,
    );
  }

  passHours(hours: number): void {
    this.now = new Date(this.now.getTime() + hours * 3_600_000);
  }

  auto(more: Partial<AutoRequest> = {}): Promise<AutoResult> {
    return auto(this.ports, {
      schedule: defaultSchedule,
      cleanup: cleanupRequest(),
      findRequest: async () => backupOf(this.target),
      ...more,
    });
  }

  async names(): Promise<string[]> {
    return (await this.ports.folder.list()).map(({ name }) => name);
  }
}

/** What `holdfast cleanup` asks for. */
export function cleanupRequest(more: Partial<CleanupRequest> = {}): CleanupRequest {
  return {
    policy: defaultPolicy,
    policyFaults: [],
    schedule: defaultSchedule,
    dryRun: false,
    trustClock: false,
    ...more,
  };
}
