import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restore } from '../../src/operations/restore.ts';
import type { Catalogue } from '../../src/ports/database.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { type CheckedOn, checkCase } from '../support/operations/check-case.ts';
import { type AppDatabase, sqliteApp } from '../support/operations/database.ts';
import { randomCase } from '../support/operations/random-case.ts';
import { restoreOf } from '../support/operations/requests.ts';
import { spoilReading } from '../support/operations/spoiled-ports.ts';

/** The property of the dry run is worth something only if it fails where the dry run is wrong. */
describe('the comparison of dry run and real run', () => {
  let database: AppDatabase;
  beforeAll(async () => {
    database = await sqliteApp.create('controls');
  });
  afterAll(() => database.drop());

  it('finds no fault in the program itself', async () => {
    expect(await findsFault((ports) => ports)).toBe(false);
  });

  it.each<[string, (catalogue: Catalogue) => Catalogue]>([
    ['does not look at unique indexes', (one) => changeTables(one, { uniques: [] })],
    ['does not know the key of a table', (one) => changeTables(one, { key: null })],
    ['does not look at foreign keys', (one) => ({ ...one, foreignKeys: [] })],
    ['takes every key for exact', asExact],
  ])('finds a plan that %s', async (_what, catalogue) => {
    expect(await findsFault((ports) => spoilReading(ports, { catalogue }))).toBe(true);
  });

  it('finds a dry run that writes to the database', async () => {
    const afterSnapshot = async (): Promise<void> => {
      await database.run('CREATE TABLE IF NOT EXISTS written (id INTEGER)');
    };
    expect(await findsFault((ports) => spoilReading(ports, { afterSnapshot }))).toBe(true);
    await database.run('DROP TABLE written');
  });

  it('finds a dry run that leaves a file in the backup folder', async () => {
    const leave = (ports: Ports): Ports => spoilReading(ports, { afterSnapshot: () => touch(ports) });
    expect(await findsFault(leave)).toBe(true);
  });

  it('finds a dry run that is a real one', async () => {
    const { target, confirmName } = database;
    const restoreForReal = (ports: Ports): Ports =>
      spoilReading(ports, {
        afterSnapshot: async () => {
          const request = restoreOf(target, { policy: 'replace', safety: false, confirm: confirmName });
          await restore(ports, request);
        },
      });
    expect(await findsFault(restoreForReal)).toBe(true);
  });

  async function findsFault(spoil: NonNullable<CheckedOn['spoil']>): Promise<boolean> {
    const property = fc.asyncProperty(randomCase, async (random) => {
      await checkCase({ engine: sqliteApp, database, spoil }, random);
    });
    return (await fc.check(property, { numRuns: 60, seed: 20250601, endOnFailure: true })).failed;
  }
});

function changeTables(catalogue: Catalogue, change: Partial<Catalogue['tables'][number]>): Catalogue {
  return { ...catalogue, tables: catalogue.tables.map((table) => ({ ...table, ...change })) };
}

function asExact(catalogue: Catalogue): Catalogue {
  const tables = catalogue.tables.map((table) => ({
    ...table,
    columns: table.columns.map((column) => ({ ...column, comparison: 'exact' as const })),
  }));
  return { ...catalogue, tables };
}

async function touch(ports: Ports): Promise<void> {
  const partial = await ports.folder.createPartial();
  await partial.write(Buffer.from('left behind'));
  await partial.finish();
}
