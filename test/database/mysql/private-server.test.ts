import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mysqlEngine } from '../../../src/database/mysql/engine.ts';
import {
  createMysql,
  digestMysql,
  linesOf,
  listMysqlTriggers,
  mysqlTarget,
  type PrivateMariadb,
  putBackMysql,
  saveMysql,
  startMariadb,
} from '../../support/mysql.ts';

const hasServer = spawnSync('which', ['mariadbd', 'mariadb-install-db', 'openssl']).status === 0;
const note = hasServer ? '' : ' [not run: mariadbd, mariadb-install-db or openssl is not installed]';

/** What the test's own connection needs to work there. */
const settled =
  'SET autocommit = 1, max_statement_time = 0, wait_timeout = 600, completion_type = 0, sql_big_selects = 1';

/** A server whose defaults are against everything that an exact backup needs, with TLS. */
describe.skipIf(!hasServer)(`a server with hostile settings${note}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
  let server: PrivateMariadb;

  beforeAll(async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
    ]);
    spawnSync('chmod', ['-R', 'a+rX', folder]);
    server = await startMariadb([
      '--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT,IGNORE_SPACE,HIGH_NOT_PRECEDENCE',
      '--transaction-isolation=READ-COMMITTED',
      '--autocommit=0',
      '--character-set-server=latin1',
      '--default-time-zone=-07:30',
      '--max-allowed-packet=80M',
      '--wait-timeout=2',
      '--net-write-timeout=1',
      '--idle-transaction-timeout=1',
      '--max-statement-time=1',
      '--completion-type=2',
      '--max-join-size=100',
      '--log-bin',
      '--innodb-flush-log-at-trx-commit=0',
      ...[`--ssl-cert=${certificate}`, `--ssl-key=${key}`],
    ]);
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is read and restored exactly all the same, over TLS too', async () => {
    await using database = await createMysql('mye_hostile', {
      server: server.rootUrl,
      statements: [
        settled,
        `CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, c char(10), v varchar(100) CHARACTER SET utf8mb4, ts timestamp NULL, f float)`,
        `INSERT INTO t VALUES (1, 'a', 'it''s \\\\ "q" 😀', '2024-03-10 02:30:00', 0.1), (2, 'b  ', '', NULL, NULL), (3, NULL, NULL, NULL, 1), (4, 'd', 'x', NULL, 2)`,
        'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.f = 0',
      ],
    });
    const before = await digestMysql(database.connection);
    const triggers = await listMysqlTriggers(database.connection);
    const accept = mysqlTarget(`${database.url}?sslaccept=accept_invalid_certs`);
    for (const target of [
      database.target,
      accept,
      mysqlTarget(`${database.url}?sslcert=${join(folder, 'cert.pem')}&sslaccept=strict`),
    ]) {
      const saved = await saveMysql(target);
      expect(linesOf(saved, 't')).toEqual([
        [1, 'a', `it's \\ "q" 😀`, '2024-03-10 02:30:00', '0.10000000149011612'],
        [2, 'b', '', null, null],
        [3, null, null, null, '1'],
        [4, 'd', 'x', null, '2'],
      ]);
      await database.connection.query('DELETE FROM t');
      await putBackMysql(target, saved, { dropTriggers: true });
      expect(await digestMysql(database.connection)).toEqual(before);
      expect(await listMysqlTriggers(database.connection)).toEqual(triggers);
    }
    await expect(saveMysql(mysqlTarget(`${database.url}?sslaccept=strict`))).rejects.toMatchObject({
      code: 'DATABASE.UNREACHABLE',
      hint: expect.stringContaining('sslcert'),
    });
  });

  it('does not end a snapshot that waits for its reader', async () => {
    await using database = await createMysql('mye_idle', {
      server: server.rootUrl,
      statements: [
        settled,
        'CREATE TABLE t (id int PRIMARY KEY, v varchar(1000))',
        `INSERT INTO t SELECT seq, REPEAT('x', 900) FROM seq_1_to_20000`,
      ],
    });
    const opened = await mysqlEngine.open(database.target, { lockTimeoutMs: 1000 });
    const snapshot = await opened.openSnapshot({ allSchemas: false });
    await sleep(2500);
    let rows = 0;
    for await (const chunk of snapshot.rows(snapshot.catalogue.tables[0]!)) {
      if (rows === 0) await sleep(3000);
      rows += chunk.rows;
    }
    expect(rows).toBe(20_000);
    await snapshot.close();
    await opened.close();
  });

  it('takes values beyond 16 MB, which travel in several packets', async () => {
    await using database = await createMysql('mye_huge', {
      server: server.rootUrl,
      statements: [
        settled,
        'CREATE TABLE t (id int PRIMARY KEY, v longtext CHARACTER SET utf8mb4, b longblob)',
      ],
    });
    const size = 18 * 2 ** 20;
    await database.connection.query(
      `INSERT INTO t VALUES (1, REPEAT('é''', ${size / 3}), REPEAT(x'00275cff', ${size / 8})), (2, REPEAT('x', ${0xffffff - 20}), ''), (3, REPEAT('x', ${0xffffff - 3}), NULL), (4, 'last', 'x')`,
    );
    const before = await digestMysql(database.connection);
    const saved = await saveMysql(database.target);
    await database.connection.query('DELETE FROM t');
    await putBackMysql(database.target, saved);
    expect(await digestMysql(database.connection)).toEqual(before);
  });
});
