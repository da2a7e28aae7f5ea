import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createDatabase,
  digestPostgres,
  onServer,
  type PostgresServer,
  postgresTarget,
  type TestDatabase,
} from '../../support/postgres.ts';
import { backUp, collect, insertAll, lines, restore, servers, source, withRestore } from './round-trip.ts';

/** State that a restore must leave as it was, besides rows. */
const protectionSql = `
  SELECT 'trigger' AS kind, c.relname || '.' || t.tgname AS name,
    t.tgenabled::text || pg_get_triggerdef(t.oid) || coalesce(obj_description(t.oid, 'pg_trigger'), '') AS state
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgconstraint = 0
  UNION ALL SELECT 'rule', c.relname || '.' || w.rulename, w.ev_enabled::text
  FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'public'
  UNION ALL SELECT 'security', relname, relrowsecurity || ' ' || relforcerowsecurity
  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
  UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname,
    pg_get_constraintdef(oid) || convalidated::text || coalesce(obj_description(oid, 'pg_constraint'), '')
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  ORDER BY 1, 2, 3`;

describe.each(servers)('restore on $label, as the owner without superuser rights', ({ start }) => {
  let server: PostgresServer;
  let role: string;
  let database: TestDatabase;
  let ownerUrl: string;
  const target = () => postgresTarget(ownerUrl);

  beforeAll(async () => {
    server = await start();
    role = `holdfast_owner_${process.pid}`;
    await onServer(server, `DROP ROLE IF EXISTS ${role}`);
    await onServer(server, `CREATE ROLE ${role} LOGIN PASSWORD 'p@ss/w:rd#1'`);
  });
  afterAll(async () => {
    await onServer(server, `DROP ROLE ${role}`);
    server.stop();
  });
  beforeEach(async () => {
    database = await createDatabase(server, `OWNER ${role}`);
    ownerUrl = server.url(database.name, { user: role, password: encodeURIComponent('p@ss/w:rd#1') });
    await database.run(`SET ROLE ${role}`);
  });
  afterEach(async () => {
    await database.drop();
  });

  async function expectExactRestore(...damage: readonly string[]): Promise<readonly string[]> {
    const protection = async () => (await database.client.query(protectionSql)).rows;
    await database.run('RESET ROLE');
    const before = { content: await digestPostgres(database.client), protection: await protection() };
    await database.run(`SET ROLE ${role}`);
    const backup = await backUp(target());
    await database.run(...damage);
    await database.run('RESET ROLE');
    if (damage.length > 0) expect(await digestPostgres(database.client)).not.toEqual(before.content);
    const sentences = await restore(target(), backup);
    expect({ content: await digestPostgres(database.client), protection: await protection() }).toEqual(
      before,
    );
    return sentences;
  }

  it('leaves every index as it was, those that are dropped for the time of the restore too', async () => {
    await database.run(
      `CREATE TABLE item (id int PRIMARY KEY, name text, size int, tags int[]); INSERT INTO item
       SELECT i, 'n' || i % 7, i % 3, ARRAY[i, i % 5] FROM generate_series(1, 500) i`,
      `CREATE INDEX item_name ON item (name COLLATE "C" DESC NULLS LAST) INCLUDE (size) WITH (fillfactor = 70)`,
      `COMMENT ON INDEX item_name IS 'it''s for the list'`,
      'CREATE INDEX item_tags ON item USING gin (tags)',
      'CREATE UNIQUE INDEX item_once ON item (name, id)',
      'CREATE INDEX item_part ON item (size) WHERE size > 1',
      'CREATE INDEX item_lower ON item (lower(name))',
      'ALTER INDEX item_lower ALTER COLUMN 1 SET STATISTICS 500',
      'CREATE INDEX item_order ON item (size); CLUSTER item USING item_order',
    );
    const indexes = async () =>
      (
        await database.client.query(`SELECT c.relname, pg_get_indexdef(c.oid), i.indisclustered, i.indisvalid,
          obj_description(c.oid, 'pg_class') AS comment, c.reloptions, pg_get_userbyid(c.relowner) AS owner,
          (SELECT array_agg(a.attstattarget) FROM pg_attribute a WHERE a.attrelid = c.oid) AS statistics
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'item'::regclass ORDER BY 1`)
      ).rows;
    const numberOf = async (name: string) =>
      (await database.client.query('SELECT $1::regclass::oid AS oid', [name])).rows[0].oid;
    const before = await indexes();
    const [name, unique] = [await numberOf('item_name'), await numberOf('item_once')];
    await expectExactRestore('DELETE FROM item WHERE id > 100');
    expect(await indexes()).toEqual(before);
    // One was made again, the other refuses rows and stayed.
    expect(await numberOf('item_name')).not.toBe(name);
    expect(await numberOf('item_once')).toBe(unique);
    const { rows } = await database.client
      .query(`SET enable_seqscan = off; SELECT count(*)::int AS found FROM item WHERE name = 'n3'`)
      .then((results) => (results as unknown as pg.QueryResult[]).at(-1)!);
    expect(rows).toEqual([{ found: 72 }]);
  });

  it('puts rows back into a cycle of foreign keys that are not deferrable, with their comments', async () => {
    await database.run(
      `CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL)`,
      `INSERT INTO a VALUES (1, 10), (2, 20); INSERT INTO b VALUES (10, 1), (20, 2)`,
      `ALTER TABLE a ADD CONSTRAINT "a→b; --" FOREIGN KEY (b) REFERENCES b ON DELETE CASCADE`,
      `ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a) REFERENCES a ON UPDATE SET NULL NOT VALID`,
      `COMMENT ON CONSTRAINT "a→b; --" ON a IS 'back\\slash and ''quote'''`,
    );
    expect(await expectExactRestore('UPDATE a SET b = 20')).toEqual([]);
  });

  it('keeps triggers and rules from changing or adding rows, and leaves each in its own state', async () => {
    await database.run(
      `CREATE TABLE item (id int PRIMARY KEY, note text); CREATE TABLE log (id serial PRIMARY KEY, what text)`,
      `CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO public.log (what) VALUES (TG_OP); NEW.note := 'changed'; RETURN NEW; END $$`,
      `CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO public.log (what) VALUES ('statement ' || TG_OP); RETURN NULL; END $$`,
      `INSERT INTO item VALUES (1, 'one'), (2, 'two')`,
      ...['origin', 'always', 'replica', 'off'].map(
        (name) => `CREATE TRIGGER "${name}" BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION meddle()`,
      ),
      `CREATE TRIGGER emptied AFTER TRUNCATE OR DELETE ON item FOR EACH STATEMENT EXECUTE FUNCTION shout()`,
      `CREATE CONSTRAINT TRIGGER later AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
         EXECUTE FUNCTION shout()`,
      `ALTER TABLE item ENABLE ALWAYS TRIGGER always`,
      `ALTER TABLE item ENABLE REPLICA TRIGGER replica`,
      `ALTER TABLE item DISABLE TRIGGER off`,
      `CREATE RULE keep AS ON DELETE TO item DO INSTEAD NOTHING`,
      `CREATE RULE always AS ON INSERT TO item DO ALSO INSERT INTO log (what) VALUES ('rule')`,
      `ALTER TABLE item ENABLE ALWAYS RULE always`,
      `CREATE RULE off AS ON UPDATE TO item DO INSTEAD NOTHING`,
      `ALTER TABLE item DISABLE RULE off`,
    );
    expect(
      await expectExactRestore(`UPDATE item SET note = 'lost'`, `INSERT INTO log (what) VALUES ('more')`),
    ).toEqual([]);
  });

  it('writes past row-level security that binds the owner, and leaves it in force', async () => {
    await database.run(
      `CREATE TABLE secret (id int PRIMARY KEY, tenant text); INSERT INTO secret VALUES (1, 'a'), (2, 'b')`,
    );
    const backup = await backUp(target());
    await database.run(
      `DELETE FROM secret`,
      `ALTER TABLE secret ENABLE ROW LEVEL SECURITY; ALTER TABLE secret FORCE ROW LEVEL SECURITY`,
      `CREATE POLICY none ON secret USING (false)`,
    );
    await expect(backUp(target())).rejects.toMatchObject({
      code: 'DATABASE.PERMISSION',
      message: expect.stringContaining('secret'),
    });
    expect(await restore(target(), backup)).toEqual([]);
    expect((await database.client.query('SELECT * FROM secret')).rows).toEqual([]);
    await database.run('RESET ROLE');
    expect((await database.client.query('SELECT id FROM secret ORDER BY 1')).rows).toEqual([
      { id: 1 },
      { id: 2 },
    ]);
  });

  it('restores partitions and inherited tables, each row where it was', async () => {
    await database.run(
      `CREATE TABLE part (id int, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)`,
      `CREATE TABLE part_a PARTITION OF part FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`,
      `CREATE TABLE part_b PARTITION OF part FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (id)`,
      `CREATE TABLE part_b_x PARTITION OF part_b FOR VALUES IN (2)`,
      `CREATE TABLE part_rest PARTITION OF part DEFAULT`,
      `INSERT INTO part VALUES (1, '2024-05-05', 'a'), (2, '2025-05-05', 'x'), (3, '1999-01-01', 'old')`,
      `CREATE TABLE pin (id int, at date, FOREIGN KEY (id, at) REFERENCES part)`,
      `INSERT INTO pin VALUES (1, '2024-05-05'), (NULL, '2024-05-05')`,
      `CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO public.pin VALUES (NULL, NULL); RETURN NEW; END $$`,
      `CREATE TRIGGER own AFTER INSERT ON part_a FOR EACH ROW EXECUTE FUNCTION meddle()`,
      `CREATE TABLE animal (id int, name text CHECK (name <> ''))`,
      `CREATE TABLE dog (breed text) INHERITS (animal)`,
      `INSERT INTO animal VALUES (1, 'generic'); INSERT INTO dog VALUES (2, 'rex', 'collie'), (1, 'twin', NULL)`,
    );
    expect(
      await expectExactRestore('DELETE FROM dog', 'DELETE FROM pin', 'DELETE FROM part WHERE id = 2'),
    ).toEqual([]);
  });

  it('keeps row triggers of a partitioned table from firing in its partitions', async () => {
    await database.run(
      `CREATE TABLE part (id int, note text) PARTITION BY LIST (id)`,
      `CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1); CREATE TABLE part_2 PARTITION OF part FOR VALUES IN (2)`,
      `CREATE TABLE log (what text); INSERT INTO part VALUES (1, 'a'), (2, 'b')`,
      `CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO public.log VALUES ('fired'); RETURN NEW; END $$`,
      `CREATE TRIGGER cloned AFTER INSERT ON part FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION meddle()`,
      `COMMENT ON TRIGGER cloned ON part IS 'with ''comment'''`,
    );
    expect(await expectExactRestore('DELETE FROM part')).toEqual([]);
  });

  it('gives identity and generated columns the values of the snapshot', async () => {
    await database.run(
      `CREATE TABLE ids (id int GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 5) PRIMARY KEY,
         net numeric NOT NULL, gross numeric GENERATED ALWAYS AS (net * 1.2) STORED)`,
      `INSERT INTO ids (net) VALUES (1), (2.50), (3)`,
      `DELETE FROM ids WHERE id = 10`,
      `CREATE TABLE allgenerated (two int GENERATED ALWAYS AS (1 + 1) STORED); INSERT INTO allgenerated DEFAULT VALUES`,
    );
    expect(await expectExactRestore('UPDATE ids SET net = 0', 'INSERT INTO ids (net) VALUES (9)')).toEqual(
      [],
    );
    const { rows } = await database.client.query('INSERT INTO ids (net) VALUES (4) RETURNING id, gross');
    expect(rows).toEqual([{ id: 20, gross: '4.8' }]);
  });

  it('accepts rows that break a constraint which was never proven', async () => {
    await database.run(
      `CREATE TABLE old (id int PRIMARY KEY, n int, parent int); INSERT INTO old VALUES (1, -1, 99), (2, 2, NULL)`,
      `ALTER TABLE old ADD CONSTRAINT positive CHECK (n > 0) NOT VALID`,
      `ALTER TABLE old ADD CONSTRAINT parent FOREIGN KEY (parent) REFERENCES old NOT VALID`,
      `COMMENT ON CONSTRAINT positive ON old IS 'someday'`,
    );
    expect(await expectExactRestore('DELETE FROM old')).toEqual([]);
  });

  it('refreshes the materialized views that stand on the tables, those below first', async () => {
    await database.run(
      `CREATE TABLE n (i int); INSERT INTO n VALUES (1), (2), (3)`,
      `CREATE MATERIALIZED VIEW total AS SELECT sum(i) AS s FROM n`,
      `CREATE VIEW between_them AS SELECT s FROM total`,
      `CREATE MATERIALIZED VIEW above AS SELECT s * 2 AS d FROM between_them`,
      `CREATE MATERIALIZED VIEW never AS SELECT * FROM n WITH NO DATA`,
    );
    const backup = await backUp(target());
    await database.run('DELETE FROM n', 'REFRESH MATERIALIZED VIEW total', 'REFRESH MATERIALIZED VIEW above');
    expect(await restore(target(), backup)).toEqual([]);
    expect((await database.client.query('SELECT s::int, d::int FROM total, above')).rows).toEqual([
      { s: 6, d: 12 },
    ]);
    const { rows } = await database.client.query(
      `SELECT relispopulated FROM pg_class WHERE relname = 'never'`,
    );
    expect(rows).toEqual([{ relispopulated: false }]);
  });

  it('marks a foreign key NOT VALID, and says so, when the snapshot itself holds orphans', async () => {
    await database.run(
      `CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (p int REFERENCES parent)`,
      `INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1)`,
    );
    const backup = await backUp(target());
    const sentences = await withRestore(target(), backup, {}, async (transaction) => {
      const [child] = backup.catalogue.tables;
      await transaction.clear([child!]);
      expect(await transaction.insertRows(child!, ['p'], lines('[1]', '[7]', '[null]'))).toBe(3);
      expect(await transaction.countOrphans(backup.catalogue.foreignKeys[0]!)).toBe(1);
      return transaction.commit();
    });
    expect(sentences).toEqual([
      expect.stringMatching(/child_p_fkey of table public.child is NOT VALID now.*7/),
    ]);
    const { rows } = await database.client.query(
      `SELECT convalidated FROM pg_constraint WHERE conname = 'child_p_fkey'`,
    );
    expect(rows).toEqual([{ convalidated: false }]);
  });

  it('names the table, the row and the reason of a row that is refused, and leaves everything as it was', async () => {
    await database.run(`CREATE TABLE t (id int PRIMARY KEY, s varchar(3)); INSERT INTO t VALUES (1, 'old')`);
    const backup = await backUp(target());
    const [table] = backup.catalogue.tables;
    const insert = (...rows: string[]) =>
      withRestore(target(), backup, {}, async (transaction) => {
        await transaction.clear([table!]);
        return transaction.insertRows(table!, ['id', 's'], lines(...rows));
      });
    await expect(insert('[1,"a"]', '[2,"b"]', '[1,"c"]')).rejects.toMatchObject({
      code: 'RESTORE.ROW',
      message:
        'Cannot restore row 3 of table public.t: duplicate key value violates unique constraint "t_pkey" (Key (id)=(1) already exists)',
    });
    await expect(insert('[1,"long"]')).rejects.toMatchObject({
      code: 'RESTORE.ROW',
      message: expect.stringContaining('row 1'),
    });
    await expect(insert('[1,"a"')).rejects.toMatchObject({ code: 'SNAPSHOT.CONTENT' });
    await expect(insert('["1","a"]')).rejects.toMatchObject({ code: 'SNAPSHOT.CONTENT' });
    await expect(insert('[1,"\\u0000"]')).rejects.toMatchObject({ code: 'SNAPSHOT.CONTENT' });
    expect((await database.client.query('SELECT * FROM t')).rows).toEqual([{ id: 1, s: 'old' }]);
  });

  it('goes on as text behind a value that has no binary form, and counts the rows on', async () => {
    await database.run(`CREATE TABLE t (id int PRIMARY KEY, day date)`);
    const backup = await backUp(target());
    const [table] = backup.catalogue.tables;
    const insert = (...last: string[]) =>
      withRestore(target(), backup, {}, async (transaction) => {
        await transaction.clear([table!]);
        const chunks = [['[1,"2024-01-01"]'], ['[2,"infinity"]', '[3,"2024-01-03"]'], last].map((rows) =>
          collect(lines(...rows)),
        );
        const inserted = await transaction.insertRows(
          table!,
          ['id', 'day'],
          source((await Promise.all(chunks)).flat()),
        );
        await transaction.commit();
        return inserted;
      });
    await expect(insert('[4,null]', '[1,null]')).rejects.toMatchObject({
      code: 'RESTORE.ROW',
      message: expect.stringContaining('row 5 of table public.t: duplicate key'),
    });
    await expect(insert('[4,null]', '[5,"x]')).rejects.toMatchObject({
      code: 'SNAPSHOT.CONTENT',
      message: expect.stringContaining('Row 5 of table public.t'),
    });
    expect(await insert('[4,null]')).toBe(4);
    const { rows } = await database.client.query('SELECT id, day::text FROM t ORDER BY id');
    expect(rows.map((row) => Object.values(row).join())).toEqual([
      '1,2024-01-01',
      '2,infinity',
      '3,2024-01-03',
      '4,',
    ]);
  });

  it('deletes rows by key as the columns themselves compare, in several batches', async () => {
    await database.run('RESET ROLE', 'CREATE EXTENSION citext', `SET ROLE ${role}`);
    await database.run(
      `CREATE TABLE t (name citext, n numeric, b bytea, ok boolean, PRIMARY KEY (name, n, b, ok))`,
      `INSERT INTO t SELECT 'Key' || i, i, decode('ff00', 'hex'), i % 2 = 0 FROM generate_series(1, 12000) i`,
      `CREATE RULE keep AS ON DELETE TO t DO INSTEAD NOTHING`,
    );
    const backup = await backUp(target());
    const [table] = backup.catalogue.tables;
    expect(table!.key).toEqual(['name', 'n', 'b', 'ok']);
    expect(table!.columns.map((column) => column.comparison)).toEqual([
      'ignore-case',
      'number',
      'exact',
      'exact',
    ]);
    const keys = Array.from(
      { length: 11_000 },
      (_, i) => `["KEY${i + 1}","${i + 1}.00","FF00",${i % 2 === 1}]`,
    );
    await withRestore(target(), backup, {}, async (transaction) => {
      expect(await transaction.deleteRows(table!, lines(...keys, '["other","1","ff00",true]'))).toBe(11_000);
      expect(await transaction.countRows(table!)).toBe(1_000);
      await transaction.commit();
    });
    expect((await database.client.query('SELECT count(*)::int AS n FROM t')).rows).toEqual([{ n: 1000 }]);
  });

  it('shows the rows as they are inside the transaction, and takes everything back', async () => {
    await database.run(`CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t DEFAULT VALUES`);
    const backup = await backUp(target());
    const [table] = backup.catalogue.tables;
    const before = await digestPostgres(database.client);
    await withRestore(target(), backup, {}, async (transaction) => {
      await transaction.clear([table!]);
      await transaction.insertRows(table!, ['id'], lines('[41]', '[42]'));
      const seen: string[] = [];
      for await (const chunk of transaction.rows(table!)) seen.push(chunk.bytes.toString());
      expect(seen.join('')).toBe('[41]\n[42]\n');
      await transaction.setSequences(backup.catalogue.sequences, { atLeastCurrent: false });
    });
    expect(await digestPostgres(database.client)).toEqual(before);
  });

  it('says who holds the lock that it could not get', async () => {
    await database.run(`CREATE TABLE t (id int)`);
    const backup = await backUp(target());
    const application = new pg.Client(ownerUrl);
    await application.connect();
    await application.query('BEGIN');
    await application.query('SELECT id FROM t');
    try {
      await expect(withRestore(target(), backup, {}, async () => undefined)).rejects.toMatchObject({
        code: 'DATABASE.LOCKED',
        hint: expect.stringMatching(
          /Session \d+ \(user .*, idle in transaction\) holds a lock on t; its last query: SELECT id FROM t/,
        ),
      });
    } finally {
      await application.end();
    }
  });

  it('lets only one restore into a database', async () => {
    await database.run(`CREATE TABLE t (id int)`);
    const backup = await backUp(target());
    await withRestore(target(), backup, {}, async () => {
      await expect(withRestore(target(), backup, {}, async () => undefined)).rejects.toMatchObject({
        code: 'RUN.LOCKED',
      });
    });
  });

  it('leaves everything as it was when its process is killed', async () => {
    await database.run(
      `CREATE TABLE parent (id serial PRIMARY KEY); CREATE TABLE child (p int REFERENCES parent)`,
      `INSERT INTO parent VALUES (DEFAULT), (DEFAULT); INSERT INTO child VALUES (1), (2)`,
      `CREATE RULE keep AS ON DELETE TO parent DO INSTEAD NOTHING`,
    );
    const state = async () => [
      await digestPostgres(database.client),
      (await database.client.query(protectionSql)).rows,
    ];
    const before = await state();
    const script = fileURLToPath(new URL('killed-restore.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, ownerUrl], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await state()).toEqual(before);
    expect(await restore(target(), await backUp(target()))).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it('rolls back without complaint when its connection has died', async () => {
    await database.run(`CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)`);
    const backup = await backUp(target());
    await withRestore(target(), backup, {}, async (transaction) => {
      await transaction.clear(backup.catalogue.tables);
      await database.run('RESET ROLE');
      await database.run(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast' AND datname = current_database()`,
      );
      await expect(insertAll(transaction, backup.catalogue.tables[0]!, backup)).rejects.toMatchObject({
        code: 'DATABASE.LOST',
      });
      await transaction.rollback();
    });
    expect((await database.client.query('SELECT * FROM t')).rows).toEqual([{ id: 1 }]);
  });
});
