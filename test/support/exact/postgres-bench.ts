import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { DatabaseTarget } from '../../../src/ports/database.ts';
import { postgresServer } from '../engines.ts';
import { postgresTarget } from '../postgres.ts';
import type { Bench, Digest, ExactEngine, Script, Side } from './bench.ts';
import { digestDatabase } from './postgres-digest.ts';
import { type PostgresModel, postgresModels } from './postgres-model.ts';
import { renderPostgres } from './postgres-script.ts';

export const exactPostgres: ExactEngine<PostgresModel> = {
  name: 'postgresql',
  batch: 10,
  models: postgresModels,
  render: renderPostgres,
  open: () => PostgresBench.open(),
};

const extensions = ['citext', 'hstore', 'ltree', 'cube', 'seg'];

/** Databases that a role without superuser rights owns; only the damage is the superuser's. */
class PostgresBench implements Bench {
  readonly #admin: Client;
  readonly #prefix: string;
  readonly #clients = new Map<Side, Client>();

  private constructor(admin: Client, prefix: string) {
    this.#admin = admin;
    this.#prefix = prefix;
  }

  static async open(): Promise<PostgresBench> {
    const admin = await connect(postgresServer.url);
    const bench = new PostgresBench(admin, `hf_exact_${randomBytes(4).toString('hex')}`);
    await bench.#prepare();
    return bench;
  }

  async #prepare(): Promise<void> {
    await this.#admin.query(`CREATE ROLE ${this.#prefix} LOGIN`);
    await this.#admin.query(`CREATE DATABASE ${this.#prefix}_template OWNER ${this.#prefix}`);
    const client = await connect(this.#url(`${this.#prefix}_template`));
    for (const extension of extensions) await client.query(`CREATE EXTENSION ${extension}`);
    await client.end();
  }

  /** Making a database anew would make the whole server write everything down, so only its schemas are dropped. */
  async reset(side: Side): Promise<void> {
    const client = this.#clients.get(side) ?? (await this.#create(side));
    const { rows } = await client.query<{ name: string }>(
      `SELECT quote_ident(nspname) AS name FROM pg_namespace
       WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')`,
    );
    for (const { name } of rows) await client.query(`DROP SCHEMA ${name} CASCADE`);
  }

  async #create(side: Side): Promise<Client> {
    await this.#admin.query(
      `CREATE DATABASE ${this.#database(side)} TEMPLATE ${this.#prefix}_template OWNER ${this.#prefix}`,
    );
    const client = await connect(this.#url(this.#database(side)));
    this.#clients.set(side, client);
    return client;
  }

  async run(side: Side, statements: readonly string[], { isTolerant = false } = {}): Promise<void> {
    const client = this.#client(side);
    if (isTolerant) return damage(client, statements);
    await client.query(`BEGIN; SET LOCAL ROLE ${this.#prefix}`);
    for (const statement of statements) await runOne(client, statement);
    await client.query('COMMIT');
  }

  target(side: Side, { schemas }: Script): DatabaseTarget {
    const url = new URL(this.#url(this.#database(side)));
    url.username = this.#prefix;
    url.password = '';
    return postgresTarget(url.href, schemas);
  }

  confirmName(side: Side): string {
    return this.#database(side);
  }

  digest(side: Side): Promise<Digest> {
    return digestDatabase(this.#client(side));
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await client.end();
    for (const name of ['source', 'second', 'template'])
      await this.#admin.query(`DROP DATABASE IF EXISTS ${this.#prefix}_${name} WITH (FORCE)`);
    await this.#admin.query(`DROP ROLE ${this.#prefix}`);
    await this.#admin.end();
  }

  #client(side: Side): Client {
    const client = this.#clients.get(side);
    if (client === undefined) throw new Error(`the ${side} database was not made`);
    return client;
  }

  #database(side: Side): string {
    return `${this.#prefix}_${side}`;
  }

  #url(database: string): string {
    const url = new URL(postgresServer.url);
    url.pathname = `/${database}`;
    return url.href;
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client(url);
  await client.connect();
  await client.query('SET synchronous_commit = off; SET client_min_messages = error');
  return client;
}

/** No trigger, rule or foreign key acts on it; what a unique index or a type refuses is left out. */
async function damage(client: Client, statements: readonly string[]): Promise<void> {
  await client.query('SET session_replication_role = replica');
  for (const statement of statements) await client.query(statement).catch(() => undefined);
  await client.query('RESET session_replication_role');
}

async function runOne(client: Client, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    await client.query('ROLLBACK');
    throw new Error(`${error instanceof Error ? error.message : error}, in: ${statement}`, { cause: error });
  }
}
