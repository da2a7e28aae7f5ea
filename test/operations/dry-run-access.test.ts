import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { backup } from '../../src/operations/backup.ts';
import { restore } from '../../src/operations/restore.ts';
import type { RestoreResult } from '../../src/operations/restoring/request.ts';
import { postgresServer } from '../support/engines.ts';
import {
  type AppDatabase,
  appEngines,
  onPostgres,
  postgresApp,
  sqliteApp,
  urlOf,
} from '../support/operations/database.ts';
import { folderState } from '../support/operations/folder-state.ts';
import { refusal } from '../support/operations/refusal.ts';
import { backupOf, restoreOf } from '../support/operations/requests.ts';
import { openDamagedShop, openShop } from '../support/operations/shop.ts';
import { canWrite } from '../support/operations/short-write.ts';
import { interfere, spoilReading } from '../support/operations/spoiled-ports.ts';
import { asUnprivileged } from '../support/operations/unprivileged.ts';
import { postgresTarget } from '../support/postgres.ts';
import { makeTempFolder } from '../support/sqlite.ts';

const opened: AppDatabase[] = [];
const change = "UPDATE customers SET name = 'written meanwhile' WHERE id = 3";
afterEach(async () => {
  for (const database of opened.splice(0)) await database.drop();
});

for (const engine of appEngines) {
  engine.suite(`while a dry run reads on ${engine.label}`, () => {
    it('the application can write, and the real run is the one that keeps it waiting', async () => {
      const shop = await openDamagedShop(engine);
      opened.push(shop.database);
      const writes: boolean[] = [];
      const beforeRows = async (): Promise<void> => {
        writes.push(await canWrite(shop.target, change));
      };
      const request = restoreOf(shop.target, { policy: 'replace', confirm: shop.database.confirmName });
      const dry = await restore(spoilReading(shop.ports, { beforeRows }), { ...request, dryRun: true });
      expect(dry.ok).toBe(true);
      expect(writes.length).toBeGreaterThan(5);
      expect(writes).not.toContain(false);

      const whileLocked: boolean[] = [];
      const afterLocks = async (): Promise<void> => {
        whileLocked.push(await canWrite(shop.target, change));
      };
      const ports = interfere(shop.ports, { afterLocks });
      await restore(ports, request);
      expect(whileLocked).toEqual([false]);
      expect(await canWrite(shop.target, change)).toBe(true);
    });
  });
}

postgresApp.suite('a dry run with SELECT only on PostgreSQL', () => {
  it('says the same as with all rights, from a role that may only read', async () => {
    const shop = await openDamagedShop(postgresApp);
    opened.push(shop.database);
    const role = `hf_ops_reader_${process.pid}`;
    const name = shop.database.confirmName;
    await shop.database.run(
      `CREATE ROLE ${role} LOGIN PASSWORD 'reader'`,
      `ALTER ROLE ${role} SET default_transaction_read_only = on`,
      `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
      `GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
    );
    try {
      const url = new URL(urlOf(postgresServer.url, name));
      url.username = role;
      url.password = 'reader';
      const target = postgresTarget(url.href);
      for (const policy of ['replace', 'fail', 'skip', 'overwrite'] as const) {
        const request = restoreOf(shop.target, { policy, dryRun: true });
        const asOwner = await restore(shop.ports, request);
        const asReader = await restore(shop.ports, { ...request, target });
        expect(withoutTime(asReader)).toEqual(withoutTime(asOwner));
      }
      const real = restoreOf(target, { policy: 'replace', confirm: name, safety: false });
      await refusal('DATABASE.PERMISSION', restore(shop.ports, real));
      expect(await shop.database.digest()).toEqual(shop.bad);
    } finally {
      await shop.database.run(`DROP OWNED BY ${role}`);
      await onPostgres(`DROP ROLE ${role}`);
    }
  });
});

function withoutTime({ durationMs: _, ...result }: RestoreResult): Omit<RestoreResult, 'durationMs'> {
  return result;
}

describe('a dry run on a SQLite file', () => {
  it.each(['delete', 'wal'])(
    'changes no byte of it in journal mode %s, and leaves nothing beside it',
    async (mode) => {
      const shop = await openShop(sqliteApp);
      await shop.database.run(`PRAGMA journal_mode = ${mode}`);
      await backup(shop.ports, backupOf(shop.target));
      await shop.database.run('DELETE FROM visits');
      await shop.database.drop();
      const file = shop.target.file!;
      const bytes = readFileSync(file);
      const names = readdirSync(path.dirname(file));
      const folder = folderState(shop.folder);
      const dry = await restore(shop.ports, restoreOf(shop.target, { policy: 'replace', dryRun: true }));
      expect(dry.tables.find(({ name }) => name === 'visits')).toMatchObject({ insert: 3 });
      expect(readFileSync(file).equals(bytes)).toBe(true);
      expect(readdirSync(path.dirname(file))).toEqual(names);
      expect(folderState(shop.folder)).toEqual(folder);
    },
  );

  it('works for a user who may only read the file and the folder', async () => {
    const shop = await openDamagedShop(sqliteApp);
    await shop.database.drop();
    const file = shop.target.file!;
    for (const folder of [path.dirname(file), shop.folder]) makeReadable(folder);
    await asUnprivileged(async () => {
      const request = restoreOf(shop.target, { policy: 'replace', confirm: shop.database.confirmName });
      expect((await restore(shop.ports, { ...request, dryRun: true })).ok).toBe(true);
      await refusal('FOLDER.NOT_WRITABLE', restore(shop.ports, request));
    });
  });

  it('of a new file makes none, and says what would come into it', async () => {
    const shop = await openDamagedShop(sqliteApp);
    opened.push(shop.database);
    const file = path.join(makeTempFolder(), 'new.db');
    const target = { ...shop.target, file, url: `file:${file}` };
    await refusal('DATABASE.NOT_FOUND', restore(shop.ports, restoreOf(target, { dryRun: true })));
    const request = restoreOf(target, { createSchema: true });
    const dry = await restore(shop.ports, { ...request, dryRun: true });
    expect(readdirSync(path.dirname(file))).toEqual([]);
    const real = await restore(shop.ports, request);
    expect(real.tables).toEqual(dry.tables);
    expect(real.tables.map(({ name, insert }) => [name, insert])).toEqual([
      ['customers', 3],
      ['orders', 3],
      ['visits', 3],
    ]);
  });
});

function makeReadable(folder: string): void {
  for (const name of readdirSync(folder)) chmodSync(path.join(folder, name), 0o444);
  chmodSync(folder, 0o555);
}
