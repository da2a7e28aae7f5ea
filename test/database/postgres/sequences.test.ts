import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SequenceState } from '../../../src/snapshot/table.ts';
import {
  createDatabase,
  digestPostgres,
  type PostgresServer,
  postgresTarget,
  type TestDatabase,
} from '../../support/postgres.ts';
import { backUp, restore, servers, withRestore } from './round-trip.ts';

describe.each(servers)('sequences on $label', ({ start }) => {
  let server: PostgresServer;
  let database: TestDatabase;

  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await createDatabase(server);
  });
  afterEach(async () => {
    await database.drop();
  });

  const target = () => postgresTarget(database.url);

  async function set(
    name: string,
    state: Partial<SequenceState>,
    atLeastCurrent = false,
  ): Promise<readonly string[]> {
    const backup = await backUp(target());
    const saved = backup.catalogue.sequences.find((one) => one.name === name)!;
    return withRestore(target(), backup, {}, async (transaction) => {
      const sentences = await transaction.setSequences([{ ...saved, ...state }], { atLeastCurrent });
      await transaction.commit();
      return sentences;
    });
  }

  async function next(name: string): Promise<string> {
    const { rows } = await database.client.query(`SELECT nextval('${name}')::text AS v`);
    return rows[0].v;
  }

  it('come back exactly, called or not, owned or free, rising or falling', async () => {
    await database.run(
      `CREATE TABLE a (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 7))`,
      `CREATE TABLE fresh (id bigserial PRIMARY KEY)`,
      `INSERT INTO a DEFAULT VALUES; INSERT INTO a DEFAULT VALUES`,
      `CREATE SEQUENCE free START 5; SELECT setval('free', 41, false)`,
      `CREATE SEQUENCE down INCREMENT -3 START -10 MAXVALUE -1; SELECT nextval('down')`,
      `CREATE SEQUENCE top AS bigint; SELECT setval('top', 9223372036854775807)`,
      `CREATE SEQUENCE low MINVALUE -9223372036854775808; SELECT setval('low', -9223372036854775808, false)`,
    );
    const before = await digestPostgres(database.client);
    const backup = await backUp(target());
    expect(
      Object.fromEntries(
        backup.catalogue.sequences.map((one) => [
          one.name,
          [one.lastValue, one.isCalled, one.increment, one.feeds?.column ?? null],
        ]),
      ),
    ).toEqual({
      a_id_seq: ['2', true, '1', 'id'],
      a_n_seq: ['107', true, '7', 'n'],
      down: ['-10', true, '-3', null],
      free: ['41', false, '1', null],
      fresh_id_seq: ['1', false, '1', 'id'],
      low: ['-9223372036854775808', false, '1', null],
      top: ['9223372036854775807', true, '1', null],
    });
    await database.run(
      `INSERT INTO a DEFAULT VALUES; SELECT nextval('free'), nextval('down'), nextval('low'); INSERT INTO fresh DEFAULT VALUES; SELECT setval('top', 1)`,
    );
    expect(await restore(target(), backup)).toEqual([]);
    expect(await digestPostgres(database.client)).toEqual(before);
  });

  it('go back with the transaction', async () => {
    await database.run(
      `CREATE TABLE a (id serial PRIMARY KEY); INSERT INTO a DEFAULT VALUES; INSERT INTO a DEFAULT VALUES`,
    );
    const backup = await backUp(target());
    await withRestore(target(), backup, {}, async (transaction) => {
      const [saved] = backup.catalogue.sequences;
      await transaction.setSequences([{ ...saved!, lastValue: '900', isCalled: true }], {
        atLeastCurrent: false,
      });
    });
    expect(await next('a_id_seq')).toBe('3');
  });

  it('are raised beyond the rows, and say so', async () => {
    await database.run(`CREATE TABLE a (id serial PRIMARY KEY); INSERT INTO a VALUES (50)`);
    expect(await set('a_id_seq', { lastValue: '7', isCalled: true })).toEqual([
      'Sequence public.a_id_seq was moved from 7 to 50, which the rows already use.',
    ]);
    expect(await next('a_id_seq')).toBe('51');
    expect(await set('a_id_seq', { lastValue: '50', isCalled: true })).toEqual([]);
    expect(await next('a_id_seq')).toBe('51');
    expect(await set('a_id_seq', { lastValue: '50', isCalled: false })).toHaveLength(1);
    expect(await next('a_id_seq')).toBe('51');
  });

  it('that fall are lowered beyond the rows', async () => {
    await database.run(
      `CREATE SEQUENCE down INCREMENT -1 MAXVALUE 100 MINVALUE -1000 START 100`,
      `CREATE TABLE a (id int DEFAULT nextval('down')); INSERT INTO a VALUES (-50), (5000)`,
    );
    expect(await set('down', { lastValue: '10', isCalled: true })).toHaveLength(1);
    expect(await next('down')).toBe('-51');
  });

  it('do not fall below where they are, when that is asked for', async () => {
    await database.run(`CREATE TABLE a (id serial PRIMARY KEY); SELECT setval('a_id_seq', 200)`);
    expect(await set('a_id_seq', { lastValue: '7', isCalled: true }, true)).toEqual([]);
    expect(await next('a_id_seq')).toBe('201');
    expect(await set('a_id_seq', { lastValue: '300', isCalled: false }, true)).toEqual([]);
    expect(await next('a_id_seq')).toBe('300');
  });

  it('that are missing, or whose bounds are narrower now, are told', async () => {
    await database.run(`CREATE TABLE a (id int); CREATE SEQUENCE small MAXVALUE 10`);
    expect(await set('small', { lastValue: '20' })).toEqual([
      expect.stringContaining('public.small stands at its bound 10'),
    ]);
    expect(await set('small', { name: 'gone' })).toEqual([
      'Sequence public.gone of the snapshot is not in the database.',
    ]);
  });

  it('shared by several columns consider the rows of all of them', async () => {
    await database.run(
      `CREATE SEQUENCE shared; CREATE TABLE a (id int DEFAULT nextval('shared')); CREATE TABLE b (id bigint DEFAULT nextval('shared'))`,
      `INSERT INTO a VALUES (3); INSERT INTO b VALUES (70)`,
    );
    expect((await backUp(target())).catalogue.sequences[0]!.feeds).toBeNull();
    expect(await set('shared', { lastValue: '1', isCalled: true })).toHaveLength(1);
    expect(await next('shared')).toBe('71');
  });
});
