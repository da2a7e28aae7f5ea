import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createDatabase,
  digestPostgres,
  onServer,
  type PostgresServer,
  postgresTarget,
  runningPostgres,
} from '../../support/postgres.ts';
import { backUp, restore } from './round-trip.ts';

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const reason = existsSync(data) ? '' : ' [not run: ../shared/data is absent]';

describe.skipIf(reason !== '')(`databases that others made${reason}`, () => {
  let server: PostgresServer;
  const role = `holdfast_known_${process.pid}`;

  beforeAll(async () => {
    server = await runningPostgres();
    await onServer(server, `DROP ROLE IF EXISTS ${role}`);
    await onServer(server, `CREATE ROLE ${role} LOGIN`);
  });
  afterAll(async () => {
    await onServer(server, `DROP ROLE ${role}`);
    server.stop();
  });

  /** Loads the scripts as the role, so that it owns everything. */
  async function load(url: string, files: readonly string[]): Promise<void> {
    const client = new pg.Client(url);
    await client.connect();
    for (const file of files) await runScript(client, readFileSync(`${data}${file}`, 'utf8'));
    await client.end();
  }

  it.each([
    ['pagila', ['pagila/pagila-schema.sql', 'pagila/pagila-data.sql'], 15, 49_636],
    ['chinook', ['chinook/Chinook_PostgreSql.sql'], 11, 15_607],
  ] as const)(
    '%s comes back in place and in an empty database, owned by a role without superuser rights',
    async (_name, files, tables, rows) => {
      const original = await createDatabase(server, `OWNER ${role}`);
      const empty = await createDatabase(server, `OWNER ${role}`);
      try {
        const [url, emptyUrl] = [original, empty].map((database) =>
          server.url(database.name, { user: role }),
        );
        await load(url!, files);
        const before = await digestPostgres(original.client);
        const backup = await backUp(postgresTarget(url!));
        expect(backup.catalogue.tables).toHaveLength(tables);
        expect([...backup.rows.values()].flat().reduce((sum, chunk) => sum + chunk.rows, 0)).toBe(rows);

        for (const table of backup.catalogue.tables) {
          await original.run(
            `SET session_replication_role = replica; DELETE FROM ONLY "${table.name}"; SET session_replication_role = origin`,
          );
        }
        expect(await digestPostgres(original.client)).not.toEqual(before);
        expect(await restore(postgresTarget(url!), backup)).toEqual([]);
        expect(await digestPostgres(original.client)).toEqual(before);

        expect(await restore(postgresTarget(emptyUrl!), backup, { createSchema: true })).toEqual([]);
        expect(await digestPostgres(empty.client)).toEqual(before);
        const again = await backUp(postgresTarget(emptyUrl!));
        expect(again.catalogue.definition).toEqual(backup.catalogue.definition);
        expect(again.catalogue.foreignKeys).toEqual(backup.catalogue.foreignKeys);
        expect(again.catalogue.sequences).toEqual(backup.catalogue.sequences);
        expect(
          again.catalogue.tables.map(({ columns, key, uniques }) => ({ columns, key, uniques })),
        ).toEqual(backup.catalogue.tables.map(({ columns, key, uniques }) => ({ columns, key, uniques })));
      } finally {
        await original.drop();
        await empty.drop();
      }
    },
  );
});

/** Runs a script of psql: statements, and COPY … FROM stdin with its rows. Makes and chooses no database or owner. */
async function runScript(client: pg.Client, script: string): Promise<void> {
  const wanted = script.replace(
    /^(\\c.*|CREATE DATABASE.*|DROP DATABASE.*|ALTER .* OWNER TO .*|SET default_table_access_method.*|CREATE SCHEMA public;|COMMENT ON SCHEMA.*)$/gm,
    '',
  );
  for (const part of wanted.split(/^(COPY [^;]*FROM stdin;\n[\s\S]*?^\\\.)$/m)) {
    const copy = /^COPY ([^;]*) FROM stdin;\n([\s\S]*?)^\\\.$/m.exec(part);
    if (copy === null) {
      await client.query(part);
      continue;
    }
    const { from } = await import('pg-copy-streams');
    const stream = client.query(from(`COPY ${copy[1]} FROM STDIN`));
    await new Promise<void>((resolve, reject) => {
      stream.on('finish', resolve).on('error', reject);
      stream.end(copy[2]);
    });
  }
}
