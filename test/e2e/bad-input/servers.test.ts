import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/cli.ts';
import { describeEngine, mysqlServer, postgresServer } from '../../support/engines.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { makeTempFolder } from '../../support/sqlite.ts';
import { openMysqlRig } from '../rigs/mysql-rig.ts';
import { openPostgresRig } from '../rigs/postgres-rig.ts';
import { mustRun, type Rig } from '../rigs/rig.ts';
import { canary, expectRefusal, type RefusedRun } from './refusal.ts';

/** The same application with another address. */
function withUrl(folder: string, change: (url: URL) => void, from: string): RefusedRun {
  const url = new URL(from);
  change(url);
  const env = { DATABASE_URL: url.href };
  return { folder, run: (...argv) => runCli(argv, { cwd: folder, env }) };
}

function placeOf({ folder, run }: Rig): RefusedRun {
  return { folder, run };
}

const tables = [
  'CREATE TABLE accounts (id INTEGER PRIMARY KEY, name VARCHAR(50))',
  'CREATE TABLE secrets (id INTEGER PRIMARY KEY, name VARCHAR(50))',
  `INSERT INTO accounts VALUES (1, 'one')`,
  `INSERT INTO secrets VALUES (1, 'two')`,
];

/** What holds on every server. */
function refusesEverywhere(open: () => Promise<Rig>, name: string): void {
  let rig: Rig;

  beforeAll(async () => {
    rig = await open();
    await rig.execute(...tables);
    await mustRun(rig, 'backup');
  });
  afterAll(() => rig.drop());

  it('names a server that is down', async () => {
    const refusal = {
      code: 'DATABASE.UNREACHABLE',
      message: ['Cannot', ':9', 'ECONNREFUSED'],
      hint: [/runs|running|server/i],
    } as const;
    const down = (folder: string): RefusedRun =>
      withUrl(folder, (url) => Object.assign(url, { port: '9' }), rig.url);
    await expectRefusal(down(makeTempFolder()), ['backup'], refusal);
    await expectRefusal(
      down(rig.folder),
      ['restore', 'latest', '--clear-existing', '--confirm', rig.confirmName],
      refusal,
    );
  });

  it('names a host that is not known', async () => {
    const unknown = withUrl(
      makeTempFolder(),
      (url) => Object.assign(url, { hostname: 'db.invalid' }),
      rig.url,
    );
    await expectRefusal(unknown, ['backup'], {
      code: 'DATABASE.UNREACHABLE',
      message: ['db.invalid'],
      hint: [/host|server|URL|address/i],
    });
  });

  it('names a database that the server does not have', async () => {
    const missing = withUrl(
      makeTempFolder(),
      (url) => Object.assign(url, { pathname: '/hf_cli_missing' }),
      rig.url,
    );
    await expectRefusal(missing, ['backup'], {
      // An account of MariaDB is not told whether a database exists that it may not use.
      code: name === 'MariaDB' ? 'DATABASE.PERMISSION' : 'DATABASE.NOT_FOUND',
      message: ['hf_cli_missing'],
      hint: [/./],
    });
  });

  it('asks for consent with the name of the database, and changes nothing without it', async () => {
    const before = await rig.digest();
    for (const wrong of [
      [],
      ['--confirm', 'app.db'],
      ['--confirm', ''],
      ['--confirm', rig.confirmName.toUpperCase()],
    ]) {
      await expectRefusal(placeOf(rig), ['restore', 'latest', '--clear-existing', ...wrong], {
        code: 'RESTORE.CONSENT',
        exitCode: 3,
        message: [rig.confirmName, 'nothing was changed'],
        hint: [`--confirm ${rig.confirmName}`],
      });
    }
    expect(await rig.digest()).toEqual(before);
  });

  it('refuses the backup folder of another database', async () => {
    const other = await open();
    try {
      await other.execute(...tables);
      const place = withUrl(rig.folder, () => undefined, other.url);
      await expectRefusal(place, ['backup'], {
        code: 'FOLDER.OTHER_DATABASE',
        message: [path.join(rig.folder, 'backups'), rig.confirmName, other.confirmName],
        hint: ['BACKUP_DIR', '--adopt'],
      });
    } finally {
      await other.drop();
    }
  });
}

describeEngine(postgresServer, 'PostgreSQL', (url) => {
  refusesEverywhere(() => openPostgresRig(url), 'PostgreSQL');

  it('fails a backup that may not read one of the tables, and names it', async () => {
    const rig = await openPostgresRig(url);
    try {
      await rig.execute(...tables);
      await rig.superuser.query(
        `ALTER TABLE secrets OWNER TO postgres; REVOKE ALL ON secrets FROM ${rig.database}`,
      );
      await expectRefusal(placeOf(rig), ['backup'], {
        code: 'DATABASE.PERMISSION',
        message: ['secrets'],
        hint: ['GRANT', 'secrets'],
      });
    } finally {
      await rig.superuser.query('DROP TABLE secrets');
      await rig.drop();
    }
  });

  it('names who holds the lock that it waits for', async () => {
    const rig = await openPostgresRig(url);
    try {
      await rig.execute(...tables);
      await rig.superuser.query(`SET application_name = 'a long migration'; BEGIN; LOCK TABLE secrets`);
      await expectRefusal(placeOf(rig), ['backup', '--lock-timeout', '200ms'], {
        code: 'DATABASE.LOCKED',
        message: ['Cannot lock'],
        hint: ['secrets', 'a long migration', '--lock-timeout'],
      });
    } finally {
      await rig.superuser.query('ROLLBACK');
      await rig.drop();
    }
  });
});

describeEngine(mysqlServer, 'MariaDB', (url) => {
  refusesEverywhere(() => openMysqlRig(url), 'MariaDB');

  it('names a wrong password without printing it', async () => {
    const rig = await openMysqlRig(url);
    try {
      const wrong = withUrl(
        rig.folder,
        (address) => Object.assign(address, { password: `${canary}-wrong` }),
        rig.url,
      );
      await expectRefusal(wrong, ['backup'], {
        code: 'DATABASE.AUTHENTICATION',
        message: [rig.confirmName, '127.0.0.1'],
        hint: [/password/i, 'DATABASE_URL'],
      });
    } finally {
      await rig.drop();
    }
  });

  it('fails a backup that may not read one of the tables, and says so', async () => {
    const rig = await openMysqlRig(url);
    try {
      await rig.execute(...tables);
      await rig.administrator.query(
        `REVOKE ALL PRIVILEGES ON ${rig.database}.* FROM ${rig.database}@'%';
         GRANT SELECT ON ${rig.database}.accounts TO ${rig.database}@'%'`,
      );
      await expectRefusal(placeOf(rig), ['backup'], {
        code: 'DATABASE.PERMISSION',
        message: [rig.database],
        hint: ['GRANT', 'SELECT'],
      });
    } finally {
      await rig.drop();
    }
  });
});

describe('a PostgreSQL server that asks for passwords', () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await startPostgres('pg18');
    const client = new pg.Client(server.url('postgres'));
    await client.connect();
    await client.query(`CREATE ROLE app LOGIN PASSWORD '${canary}'`);
    await client.query('CREATE DATABASE app OWNER app');
    const { rows } = await client.query<{ hba_file: string }>('SHOW hba_file');
    const rules = readFileSync(rows[0]!.hba_file, 'utf8');
    writeFileSync(rows[0]!.hba_file, 'host all app 127.0.0.1/32 scram-sha-256\n');
    appendFileSync(rows[0]!.hba_file, rules);
    await client.query('SELECT pg_reload_conf()');
    await client.end();
  });
  afterAll(() => server.stop());

  it('is told from one that is down: the password is named as wrong, and not printed', async () => {
    const url = server.url('app', { user: 'app', password: `${canary}-wrong` });
    await expectRefusal(
      withUrl(makeTempFolder(), () => undefined, url),
      ['backup'],
      {
        code: 'DATABASE.AUTHENTICATION',
        message: ['app', '127.0.0.1'],
        hint: [/password/i, 'DATABASE_URL'],
      },
    );
  });

  it('is backed up with the right password', async () => {
    const url = server.url('app', { user: 'app', password: canary });
    const result = await withUrl(makeTempFolder(), () => undefined, url).run('backup');
    expect(result.exitCode).toBe(0);
  });
});
