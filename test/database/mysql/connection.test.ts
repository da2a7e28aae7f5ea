import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { mysqlEngine } from '../../../src/database/mysql/engine.ts';
import { AppError } from '../../../src/errors.ts';
import { describeEngine, mysqlServer } from '../../support/engines.ts';
import { createMysql, linesOf, mysqlTarget, saveMysql } from '../../support/mysql.ts';

const options = { lockTimeoutMs: 2000 };

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

describeEngine(mysqlServer, 'connections to MySQL and MariaDB', (serverUrl) => {
  const server = new URL(serverUrl);
  const place = `${server.hostname}:${server.port || 3306}`;

  it('says which server and database a URL means, without a connection', () => {
    expect(mysqlEngine.identify(mysqlTarget('mysql://me:secret@DB.example.com/shop'))).toEqual({
      provider: 'mysql',
      host: 'db.example.com:3306',
      name: 'shop',
    });
    const address = 'mariadb://me@[::1]:3307/caf%C3%A9%2F1?connection_limit=5&socket=%2Frun%2Fmy.sock';
    expect(mysqlEngine.identify(mysqlTarget(address))).toMatchObject({
      host: '/run/my.sock',
      name: 'café/1',
    });
    expect(mysqlEngine.identify(mysqlTarget('mysql://me@[::1]/x')).host).toBe('[::1]:3306');
  });

  it.each([
    ['not a url with secret', 'it is not a URL'],
    ['postgresql://me:secret@h/d', 'it begins with postgresql://'],
    ['mysql://me:secret@host', 'it names no database'],
    ['mysql://me:sec#ret@host/d', 'it'],
    ['mysql://me:100%secret@host/d', 'it holds a % that is not written as %25'],
  ])('refuses the URL %s without showing its password', async (url, reason) => {
    const error = await failureOf(mysqlEngine.open(mysqlTarget(url), options));
    expect(error.code).toBe('CONFIG.URL_INVALID');
    expect(error.message).toContain(`from the test: ${reason}`);
    expect(`${error.message} ${error.hint}`).not.toMatch(/secret|sec#/);
  });

  it('tells a server that is down, a wrong password, a missing database and missing rights apart', async () => {
    await using database = await createMysql('mye_conn');
    const user = `mye_u${process.pid}`;
    await database.connection.query(
      `CREATE OR REPLACE USER ${user}@'127.0.0.1' IDENTIFIED BY 'p@ss/w:rd?#%'`,
    );
    try {
      const failures = [
        [`mysql://root:secret@127.0.0.1:1/${database.name}`, 'DATABASE.UNREACHABLE'],
        [`mysql://root:secret@no-such-host.invalid/${database.name}`, 'DATABASE.UNREACHABLE'],
        [`mysql://${user}:secret@${place}/${database.name}`, 'DATABASE.AUTHENTICATION'],
        [`mysql://${server.username}@${place}/mye_no_such_database`, 'DATABASE.NOT_FOUND'],
        [`mysql://${user}:p%40ss%2Fw%3Ard%3F%23%25@${place}/${database.name}`, 'DATABASE.PERMISSION'],
      ] as const;
      for (const [url, code] of failures) {
        const error = await failureOf(mysqlEngine.open(mysqlTarget(url), options));
        expect([error.code, error.message]).toEqual([
          code,
          expect.not.stringMatching(/secret|p@ss|p%40|\.$/),
        ]);
        expect(error.hint).toContain('the test');
      }
      await database.connection.query(`GRANT ALL ON \`${database.name}\`.* TO ${user}@'127.0.0.1'`);
      const opened = await mysqlEngine.open(
        mysqlTarget(failures[4][0].replace('mysql:', 'mariadb:')),
        options,
      );
      expect(opened.confirmName).toBe(database.name);
      await opened.close();
    } finally {
      await database.connection.query(`DROP USER ${user}@'127.0.0.1'`);
    }
  });

  it('gives up on a server that does not answer', async () => {
    const silent = createServer(() => undefined);
    const port = await listen(silent);
    const target = mysqlTarget(`mysql://root@127.0.0.1:${port}/x?connect_timeout=1`);
    const error = await failureOf(mysqlEngine.open(target, options));
    expect(error).toMatchObject({
      code: 'DATABASE.UNREACHABLE',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    silent.close();
  });

  it('ends a connection attempt with the reason of an abort', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    const port = await listen(silent);
    const controller = new AbortController();
    const opening = mysqlEngine.open(mysqlTarget(`mysql://root@127.0.0.1:${port}/x`), {
      ...options,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(new Error('stop')), 50);
    await expect(opening).rejects.toThrow('stop');
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('takes a connection that breaks anywhere in the rows for a failure, never for their end', async () => {
    await using database = await createMysql('mye_cut', {
      statements: [
        'CREATE TABLE numbers (id int PRIMARY KEY, t varchar(100))',
        `INSERT INTO numbers SELECT seq, REPEAT('x', seq % 90) FROM seq_1_to_3000`,
      ],
    });
    const whole = await saveMysql(database.target);
    expect(linesOf(whole, 'numbers')).toHaveLength(3000);
    let total = 0;
    const measure = await startProxy(server, {
      cutAfter: Number.POSITIVE_INFINITY,
      onBytes: (bytes) => (total += bytes),
    });
    await saveMysql(mysqlTarget(database.url.replace(place, `127.0.0.1:${measure.port}`)));
    measure.close();
    const rowBytes = Buffer.concat(whole.rows.get('numbers')!.map((chunk) => chunk.bytes)).length;
    expect(total).toBeGreaterThan(rowBytes);
    for (let step = 0; step < 12; step++) {
      const cutAfter = total - 60 - Math.floor((rowBytes * step) / 12);
      const proxy = await startProxy(server, { cutAfter, onBytes: () => undefined });
      const error = await failureOf(
        saveMysql(mysqlTarget(database.url.replace(place, `127.0.0.1:${proxy.port}`))),
      );
      expect(error.code).toBe('DATABASE.LOST');
      proxy.close();
    }
  });

  it('reports a session that an administrator ends as lost', async () => {
    await using database = await createMysql('mye_kill', {
      statements: [
        'CREATE TABLE numbers (id int PRIMARY KEY, t varchar(200))',
        `INSERT INTO numbers SELECT seq, REPEAT('x', 190) FROM seq_1_to_60000`,
      ],
    });
    const opened = await mysqlEngine.open(database.target, options);
    const snapshot = await opened.openSnapshot({ allSchemas: false });
    const rows = snapshot.rows(snapshot.catalogue.tables[0]!)[Symbol.asyncIterator]();
    await rows.next();
    const [process] = await database.connection.query(
      'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()',
    );
    await database.connection.query(`KILL ${process.id}`);
    const drain = async () => {
      for (let next = await rows.next(); next.done !== true; next = await rows.next());
    };
    expect((await failureOf(drain())).code).toBe('DATABASE.LOST');
    await snapshot.close();
    await opened.close();
  });

  it('stops a running read with the reason of an abort', async () => {
    await using database = await createMysql('mye_abort', {
      statements: [
        'CREATE TABLE numbers (id int PRIMARY KEY, t varchar(200))',
        `INSERT INTO numbers SELECT seq, REPEAT('x', 190) FROM seq_1_to_60000`,
      ],
    });
    const controller = new AbortController();
    const opened = await mysqlEngine.open(database.target, { ...options, signal: controller.signal });
    const snapshot = await opened.openSnapshot({ allSchemas: false });
    const rows = snapshot.rows(snapshot.catalogue.tables[0]!)[Symbol.asyncIterator]();
    await rows.next();
    controller.abort(new Error('interrupted'));
    const drain = async () => {
      for (let next = await rows.next(); next.done !== true; next = await rows.next());
    };
    await expect(drain()).rejects.toThrow('interrupted');
    await expect(opened.openSnapshot({ allSchemas: false })).rejects.toThrow('interrupted');
    await opened.close();
  });
});

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

interface ProxyOptions {
  /** The connection is closed after so many bytes from the server. */
  readonly cutAfter: number;
  readonly onBytes: (count: number) => void;
}

/** A relay in front of the server that can cut a connection at a byte. */
async function startProxy(server: URL, { cutAfter, onBytes }: ProxyOptions) {
  const relay = createServer((client) => {
    const upstream = connectTcp(Number(server.port || 3306), server.hostname);
    let passed = 0;
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      const left = Math.max(0, cutAfter - passed);
      passed += chunk.length;
      onBytes(chunk.length);
      client.write(chunk.subarray(0, left));
      if (passed > cutAfter) {
        client.end();
        upstream.destroy();
      }
    });
    upstream.on('end', () => client.end());
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  return { port: await listen(relay), close: () => relay.close() };
}
