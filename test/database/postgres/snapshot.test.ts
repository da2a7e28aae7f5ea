import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresEngine } from '../../../src/database/postgres/engine.ts';
import type { DatabaseSnapshot } from '../../../src/ports/database.ts';
import {
  createDatabase,
  onServer,
  type PostgresServer,
  postgresTarget,
  runningPostgres,
  type TestDatabase,
} from '../../support/postgres.ts';
import { backUp, collect, linesOf, openOptions, scope } from './round-trip.ts';

describe('a snapshot of a PostgreSQL database', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  const role = `holdfast_reader_${process.pid}`;

  beforeAll(async () => {
    server = await runningPostgres();
    await onServer(server, `DROP ROLE IF EXISTS ${role}`);
    await onServer(server, `CREATE ROLE ${role} LOGIN`);
  });
  afterAll(async () => {
    await onServer(server, `DROP ROLE ${role}`);
    server.stop();
  });
  beforeEach(async () => {
    database = await createDatabase(server);
  });
  afterEach(async () => {
    await database.drop();
  });

  async function withSnapshot<Result>(
    action: (snapshot: DatabaseSnapshot) => Promise<Result>,
    url = database.url,
  ): Promise<Result> {
    const connection = await postgresEngine.open(postgresTarget(url), openOptions);
    try {
      const snapshot = await connection.openSnapshot(scope);
      try {
        return await action(snapshot);
      } finally {
        await snapshot.close();
      }
    } finally {
      await connection.close();
    }
  }

  const readerUrl = () => server.url(database.name, { user: role });
  const text = (chunks: readonly { bytes: Buffer }[]) =>
    Buffer.concat(chunks.map((chunk) => chunk.bytes)).toString();

  it('sees one instant of all tables, also where rows are written while it reads', async () => {
    await database.run('CREATE TABLE a (n int)', 'CREATE TABLE b (n int)', 'INSERT INTO a VALUES (1)');
    await withSnapshot(async (snapshot) => {
      await database.run('INSERT INTO a VALUES (2)', 'INSERT INTO b VALUES (2)');
      const [a, b] = snapshot.catalogue.tables;
      expect(text(await collect(snapshot.rows(a!)))).toBe('[1]\n');
      expect(text(await collect(snapshot.rows(b!)))).toBe('');
    });
  });

  it('keeps a TRUNCATE waiting, so that it never reads an emptied table', async () => {
    await database.run('CREATE TABLE a (n int)', 'INSERT INTO a VALUES (1)');
    await withSnapshot(async (snapshot) => {
      await expect(database.run(`SET lock_timeout = '100ms'`, 'TRUNCATE a')).rejects.toMatchObject({
        code: '55P03',
      });
      expect(text(await collect(snapshot.rows(snapshot.catalogue.tables[0]!)))).toBe('[1]\n');
    });
  });

  it('waits for a TRUNCATE that came first, and then reads what it left', async () => {
    await database.run(
      'CREATE TABLE a (n int)',
      'INSERT INTO a VALUES (1)',
      'BEGIN',
      'TRUNCATE a',
      'INSERT INTO a VALUES (2)',
    );
    const reading = withSnapshot(async (snapshot) => collect(snapshot.rows(snapshot.catalogue.tables[0]!)));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await database.run('COMMIT');
    expect(text(await reading)).toBe('[2]\n');
  });

  it('begins again when tables change between their listing and their locks', async () => {
    await database.run(
      'CREATE TABLE a (n int)',
      'CREATE TABLE gone (n int)',
      'BEGIN',
      'DROP TABLE gone',
      'CREATE TABLE b (n int)',
      'INSERT INTO b VALUES (7)',
    );
    const reading = backUp(postgresTarget(database.url));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await database.run('COMMIT');
    const backup = await reading;
    expect(backup.catalogue.tables.map((table) => table.name)).toEqual(['a', 'b']);
    expect(linesOf(backup, 'public', 'b')).toEqual(['[7]']);
  });

  it('says who holds the lock that it could not get', async () => {
    await database.run('CREATE TABLE a (n int)', 'BEGIN', 'LOCK TABLE a');
    await expect(backUp(postgresTarget(database.url))).rejects.toMatchObject({
      code: 'DATABASE.LOCKED',
      message: 'Cannot lock the tables: no lock within 2 s',
      hint: expect.stringMatching(
        /Session \d+ \(user postgres, idle in transaction\) holds a lock on a; its last query: LOCK TABLE a/,
      ),
    });
    await database.run('ROLLBACK');
  });

  it('works for a role with SELECT rights only, partitions and sequences included', async () => {
    await database.run(
      'CREATE TABLE a (id serial, n int)',
      'CREATE TABLE p (n int) PARTITION BY LIST (n)',
      'CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)',
      'INSERT INTO p VALUES (1)',
      `GRANT SELECT ON a, p, a_id_seq TO ${role}`,
    );
    const backup = await backUp(postgresTarget(readerUrl()));
    expect(linesOf(backup, 'public', 'p')).toEqual(['[1]']);
    expect(backup.catalogue.sequences).toMatchObject([{ name: 'a_id_seq', lastValue: '1', isCalled: false }]);
    await database.run(`DROP OWNED BY ${role}`);
  });

  it.each([
    [
      'table',
      'CREATE TABLE "s ecret" (n int)',
      'Cannot read table public.s ecret: the role has no SELECT privilege',
      '"public"."s ecret"',
    ],
    [
      'sequence',
      'CREATE SEQUENCE hidden',
      'Cannot read sequence public.hidden: the role has no SELECT privilege on it',
      '"public"."hidden"',
    ],
  ])('names the %s that it may not read, and what to grant', async (_kind, create, message, quoted) => {
    await database.run(create);
    await expect(backUp(postgresTarget(readerUrl()))).rejects.toMatchObject({
      code: 'DATABASE.PERMISSION',
      message,
      hint: expect.stringContaining(quoted),
    });
  });

  it('fails, rather than hide rows, where row-level security binds the role', async () => {
    await database.run(
      'CREATE TABLE a (n int)',
      'INSERT INTO a VALUES (1), (2)',
      'ALTER TABLE a ENABLE ROW LEVEL SECURITY',
      'CREATE POLICY only_one ON a USING (n = 1)',
      `GRANT SELECT ON a TO ${role}`,
    );
    await expect(backUp(postgresTarget(readerUrl()))).rejects.toMatchObject({
      code: 'DATABASE.PERMISSION',
      message:
        'Cannot read table public.a: query would be affected by row-level security policy for table "a"',
      hint: expect.stringContaining('BYPASSRLS'),
    });
    await database.run(`DROP OWNED BY ${role}`);
  });

  it('stays usable when the consumer stops early', async () => {
    await database.run(
      `CREATE TABLE big AS SELECT i, repeat('x', 500) AS t FROM generate_series(1, 100000) i`,
      'CREATE TABLE a (n int)',
      'INSERT INTO a VALUES (5)',
    );
    await withSnapshot(async (snapshot) => {
      const [a, big] = snapshot.catalogue.tables;
      for await (const chunk of snapshot.rows(big!)) {
        expect(chunk.rows).toBeGreaterThan(100);
        break;
      }
      expect(text(await collect(snapshot.rows(a!)))).toBe('[5]\n');
      expect((await collect(snapshot.rows(big!))).reduce((sum, chunk) => sum + chunk.rows, 0)).toBe(100_000);
    });
  });

  it('reads no further ahead than its consumer', async () => {
    await database.run(`CREATE TABLE big AS SELECT repeat('x', 1000) AS t FROM generate_series(1, 200000) i`);
    await withSnapshot(async (snapshot) => {
      const before = process.memoryUsage().arrayBuffers;
      for await (const _chunk of snapshot.rows(snapshot.catalogue.tables[0]!)) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
        break;
      }
    });
  });

  it('fails when the connection ends within the rows, never as if they had ended', async () => {
    await database.run(
      `CREATE TABLE big AS SELECT i, repeat('x', 500) AS t FROM generate_series(1, 100000) i`,
    );
    const connection = await postgresEngine.open(postgresTarget(database.url), openOptions);
    const snapshot = await connection.openSnapshot(scope);
    const read = async () => {
      let isFirst = true;
      for await (const _chunk of snapshot.rows(snapshot.catalogue.tables[0]!)) {
        if (!isFirst) continue;
        isFirst = false;
        await database.run(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast' AND datname = current_database()`,
        );
      }
    };
    await expect(read()).rejects.toMatchObject({
      code: 'DATABASE.LOST',
      message: expect.stringContaining('public.big'),
    });
    await snapshot.close();
    await connection.close();
    await connection.close();
  });

  it('ends with the reason of the abort', async () => {
    await database.run(`CREATE TABLE big AS SELECT repeat('x', 500) AS t FROM generate_series(1, 100000) i`);
    const controller = new AbortController();
    const connection = await postgresEngine.open(postgresTarget(database.url), {
      ...openOptions,
      signal: controller.signal,
    });
    const snapshot = await connection.openSnapshot(scope);
    const reason = new Error('stopped by the operator');
    const read = async () => {
      for await (const _chunk of snapshot.rows(snapshot.catalogue.tables[0]!)) controller.abort(reason);
    };
    await expect(read()).rejects.toMatchObject({
      message: expect.stringContaining('stopped by the operator'),
    });
    await expect(connection.openSnapshot(scope)).rejects.toBe(reason);
    await snapshot.close();
    await connection.close();
  });

  it('fails on text that is not UTF-8 in a database without an encoding, and names the table', async () => {
    const ascii = await createDatabase(
      server,
      `ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
    );
    try {
      await ascii.run(
        `SET client_encoding = 'SQL_ASCII'`,
        'CREATE TABLE fine (t text)',
        `INSERT INTO fine VALUES ('ok')`,
      );
      expect(linesOf(await backUp(postgresTarget(ascii.url)), 'public', 'fine')).toEqual(['["ok"]']);
      await ascii.run('CREATE TABLE latin (t text)', `INSERT INTO latin VALUES (E'caf\\xe9')`);
      await expect(backUp(postgresTarget(ascii.url))).rejects.toMatchObject({
        code: 'DATABASE.READ',
        message: expect.stringMatching(
          /^Cannot read table public.latin: (it holds text that is not UTF-8|invalid byte sequence)/,
        ),
      });
    } finally {
      await ascii.drop();
    }
  });

  it('reads a database of another encoding as UTF-8', async () => {
    const latin = await createDatabase(
      server,
      `ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
    );
    try {
      await latin.run('CREATE TABLE "café" (t text)', `INSERT INTO "café" VALUES ('Zoë')`);
      expect(linesOf(await backUp(postgresTarget(latin.url)), 'public', 'café')).toEqual(['["Zoë"]']);
    } finally {
      await latin.drop();
    }
  });

  it('gives only the columns that are asked for, in their order', async () => {
    await database.run(
      'CREATE TABLE a (x int, y text, z int GENERATED ALWAYS AS (x * 2) STORED)',
      `INSERT INTO a VALUES (1, 'b')`,
    );
    await withSnapshot(async (snapshot) => {
      const [a] = snapshot.catalogue.tables;
      expect(text(await collect(snapshot.rows(a!, { columns: ['z', 'y'] })))).toBe('[2,"b"]\n');
      expect(text(await collect(snapshot.rows(a!, { columns: ['y'] })))).toBe('["b"]\n');
    });
  });

  it('takes thousands of tables', async () => {
    await database.run(
      `DO $$ BEGIN FOR i IN 1..1200 LOOP EXECUTE 'CREATE TABLE t' || i || ' (id int PRIMARY KEY)'; END LOOP; END $$`,
    );
    const tables = await withSnapshot(async (snapshot) => {
      const { rows } = await database.client.query(
        `SELECT count(DISTINCT relation)::int AS n FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname ~ '^t[0-9]+$' AND mode = 'AccessShareLock'`,
      );
      expect(rows).toEqual([{ n: 1200 }]);
      return snapshot.catalogue.tables;
    });
    expect(tables).toHaveLength(1200);
  });

  it('holds no session state that a pooler would lose', async () => {
    await database.run('CREATE TABLE a (n int)');
    const connection = await postgresEngine.open(postgresTarget(database.url), openOptions);
    const snapshot = await connection.openSnapshot(scope);
    await snapshot.close();
    const { rows } = await database.client.query<{ state: string }>(
      `SELECT state FROM pg_stat_activity WHERE application_name = 'holdfast' AND datname = current_database()`,
    );
    expect(rows).toEqual([{ state: 'idle' }]);
    const locks = await database.client.query(
      `SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'holdfast' AND a.datname = current_database()`,
    );
    expect(locks.rows).toEqual([]);
    await connection.close();
  });

  it('does not count a consumer that fails as the end of the rows', async () => {
    await database.run(`CREATE TABLE big AS SELECT repeat('x', 500) AS t FROM generate_series(1, 50000) i`);
    const other = new pg.Client(database.url);
    await other.connect();
    await withSnapshot(async (snapshot) => {
      const rows = snapshot.rows(snapshot.catalogue.tables[0]!);
      const failing = (async () => {
        for await (const _chunk of rows) throw new Error('the disk is full');
      })();
      await expect(failing).rejects.toThrow('the disk is full');
    });
    const { rows } = await other.query(
      `SELECT FROM pg_stat_activity WHERE application_name = 'holdfast' AND datname = current_database()`,
    );
    expect(rows).toEqual([]);
    await other.end();
  });
});
