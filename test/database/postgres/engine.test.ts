import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresEngine } from '../../../src/database/postgres/engine.ts';
import {
  createDatabase,
  onServer,
  type PostgresServer,
  postgresTarget,
  runningPostgres,
  startPostgres,
  type TestDatabase,
} from '../../support/postgres.ts';
import { openOptions } from './round-trip.ts';

describe('the identity of a PostgreSQL URL', () => {
  it.each([
    ['postgresql://u:p@db.Example.com/shop', 'db.example.com:5432', 'shop'],
    [
      'postgres://u:p@h:6543/my%20db?schema=x&connection_limit=5&pgbouncer=true&pool_timeout=3',
      'h:6543',
      'my db',
    ],
    ['postgresql://u:p%40%2F%3A%23%3F@h/d', 'h:5432', 'd'],
    ['postgresql://u:100%@h/d%C3%A9', 'h:5432', 'dé'],
    ['postgresql://u@[::1]:5433/d', '[::1]:5433', 'd'],
    ['postgresql://u@%2Fvar%2Frun%2Fpostgresql/d', '/var/run/postgresql:5432', 'd'],
    ['postgresql:///d?host=/var/run/postgresql&port=6000', '/var/run/postgresql:6000', 'd'],
    ['postgresql://u:p@/d', 'localhost:5432', 'd'],
    ['postgresql://owner@h', 'h:5432', 'owner'],
  ])('%s is %s/%s', (url, host, name) => {
    expect(postgresEngine.identify(postgresTarget(url))).toEqual({ provider: 'postgresql', host, name });
  });

  it.each([
    'postgresql://u:sec#ret@h/d',
    'postgres://u:secret@a:1,b:2/d',
    'postgresql://u:secret@h:0/d',
    'postgresql://h',
  ])('refuses %s without showing its password', (url) => {
    const refuse = () => postgresEngine.identify(postgresTarget(url));
    expect(refuse).toThrow(
      expect.objectContaining({
        code: 'CONFIG.URL_INVALID',
        message: expect.stringContaining('DATABASE_URL'),
      }),
    );
    expect(refuse).not.toThrow(/sec/);
  });

  it('has no files to copy', async () => {
    expect(
      await postgresEngine.copyRaw(postgresTarget('postgresql://h/d'), { folder: '/tmp', baseName: 'x' }),
    ).toBeNull();
  });
});

describe('opening a PostgreSQL database', () => {
  let server: PostgresServer;
  let database: TestDatabase;
  const role = `holdfast_open_${process.pid}`;
  const password = 'p@ss/w:rd#?% é';

  beforeAll(async () => {
    server = await startPostgres('pg18', [
      'local all all trust',
      'host all postgres all trust',
      'host all all all scram-sha-256',
    ]);
    database = await createDatabase(server);
    await onServer(server, `CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
  });
  afterAll(async () => {
    await database.drop();
    server.stop();
  });

  const open = async (url: string) => postgresEngine.open(postgresTarget(url), openOptions);
  const roleUrl = (given: string, name = database.name) => server.url(name, { user: role, password: given });

  it('takes a percent-encoded password, and what Prisma adds to a URL', async () => {
    for (const mode of ['', '&sslmode=prefer', '&sslmode=disable']) {
      const url = `${roleUrl(encodeURIComponent(password))}?schema=public&connection_limit=1&pgbouncer=true&pool_timeout=0&connect_timeout=5${mode}`;
      const opened = await open(url);
      expect(opened.confirmName).toBe(database.name);
      await opened.close();
    }
  });

  it.each([
    ['a wrong password', () => roleUrl('wrong'), 'DATABASE.AUTHENTICATION', /password authentication failed/],
    ['no password', () => roleUrl(''), 'DATABASE.AUTHENTICATION', /asks for a password/],
    [
      'a missing database',
      () => roleUrl(encodeURIComponent(password), 'nowhere'),
      'DATABASE.NOT_FOUND',
      /"nowhere" does not exist/,
    ],
    [
      'a missing role',
      () => server.url(database.name, { user: 'nobody_here', password: 'secret' }),
      'DATABASE.AUTHENTICATION',
      /nobody_here/,
    ],
    ['a closed port', () => 'postgresql://u:secret@127.0.0.1:1/d', 'DATABASE.UNREACHABLE', /127\.0\.0\.1:1/],
    [
      'an unknown host',
      () => 'postgresql://u:secret@no.such.host.invalid/d',
      'DATABASE.UNREACHABLE',
      /no\.such\.host/,
    ],
    [
      'a server without TLS where it is required',
      () => `${server.url(database.name)}?sslmode=require`,
      'DATABASE.UNREACHABLE',
      /SSL/,
    ],
  ])('names %s, with advice and without the password', async (_case, url, code, message) => {
    const error = await open(url()).then(
      () => expect.fail('it opened'),
      (thrown: unknown) => thrown as Error & { hint: string },
    );
    expect(error).toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/\w/),
    });
    expect(`${error.message} ${error.hint}`).not.toMatch(/wrong|secret|p@ss/);
  });

  it('names a database that the role may not connect to', async () => {
    await onServer(server, `REVOKE CONNECT ON DATABASE ${database.name} FROM PUBLIC`);
    await expect(open(roleUrl(encodeURIComponent(password)))).rejects.toMatchObject({
      code: 'DATABASE.PERMISSION',
    });
    await onServer(server, `GRANT CONNECT ON DATABASE ${database.name} TO PUBLIC`);
  });

  it('gives up on a server that does not answer', async () => {
    const silent = await listen(createServer(() => undefined));
    await expect(open(`postgresql://u@127.0.0.1:${silent.port}/d?connect_timeout=1`)).rejects.toMatchObject({
      code: 'DATABASE.UNREACHABLE',
    });
    silent.server.close();
  });

  it('goes through a Unix socket', async () => {
    const opened = await open(
      `postgresql://postgres@/${database.name}?host=${encodeURIComponent(server.socketFolder!)}&port=${new URL(server.url('x')).port}`,
    );
    await opened.close();
  });

  it('rejects with the reason of an abort that came first', async () => {
    const reason = new Error('stopped');
    const opening = postgresEngine.open(postgresTarget(server.url(database.name)), {
      ...openOptions,
      signal: AbortSignal.abort(reason),
    });
    await expect(opening).rejects.toBe(reason);
  });
});

describe('a PostgreSQL database that is gone', () => {
  it('is told as lost', async () => {
    const server = await runningPostgres();
    const database = await createDatabase(server);
    const opened = await postgresEngine.open(postgresTarget(database.url), openOptions);
    await database.run(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast' AND datname = current_database()`,
    );
    await expect(opened.openSnapshot({ allSchemas: false })).rejects.toMatchObject({ code: 'DATABASE.LOST' });
    await opened.close();
    await database.drop();
  });
});

async function listen(server: Server): Promise<{ readonly server: Server; readonly port: number }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
}
