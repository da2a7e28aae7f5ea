import { randomBytes } from 'node:crypto';
import type { Connection } from 'mariadb';
import type { DatabaseTarget } from '../../../src/ports/database.ts';
import { mysqlServer } from '../engines.ts';
import { connectMysql, mysqlTarget } from '../mysql.ts';
import type { Bench, Digest, ExactEngine, Side } from './bench.ts';
import { digestMariadb } from './mysql-digest.ts';
import { type MysqlModel, mysqlModels } from './mysql-model.ts';
import { renderMysql } from './mysql-script.ts';

export const exactMysql: ExactEngine<MysqlModel> = {
  name: 'mysql',
  batch: 5,
  models: mysqlModels,
  render: renderMysql,
  open: () => openMysqlBench(mysqlServer.url),
};

/** Databases on the server at the URL, which names none. */
export async function openMysqlBench(url: string): Promise<Bench> {
  const server = url.replace(/\/$/, '');
  return new MysqlBench(server, await connectMysql(`${server}/`));
}

class MysqlBench implements Bench {
  readonly #server: string;
  readonly #connection: Connection;
  readonly #prefix = `hf_exact_${randomBytes(4).toString('hex')}`;

  constructor(server: string, connection: Connection) {
    this.#server = server;
    this.#connection = connection;
  }

  async reset(side: Side): Promise<void> {
    await this.#connection.query(`DROP DATABASE IF EXISTS ${this.confirmName(side)}`);
    await this.#connection.query(`CREATE DATABASE ${this.confirmName(side)} CHARACTER SET utf8mb4`);
  }

  async run(side: Side, statements: readonly string[], { isTolerant = false } = {}): Promise<void> {
    await this.#use(side);
    // A value that does not fit is cut: what is compared is what was stored in the end.
    await this.#connection.query(
      `SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', foreign_key_checks = 0`,
    );
    for (const statement of statements) await this.#runOne(statement, isTolerant);
  }

  async #runOne(statement: string, isTolerant: boolean): Promise<void> {
    try {
      await this.#connection.query(statement);
    } catch (error) {
      if (isTolerant) return;
      throw new Error(`${error instanceof Error ? error.message : error}, in: ${statement}`, {
        cause: error,
      });
    }
  }

  target(side: Side): DatabaseTarget {
    return mysqlTarget(`${this.#server}/${this.confirmName(side)}`);
  }

  confirmName(side: Side): string {
    return `${this.#prefix}_${side}`;
  }

  async digest(side: Side): Promise<Digest> {
    await this.#use(side);
    return digestMariadb(this.#connection);
  }

  async close(): Promise<void> {
    for (const side of ['source', 'second'] as const)
      await this.#connection.query(`DROP DATABASE IF EXISTS ${this.confirmName(side)}`);
    await this.#connection.end();
  }

  async #use(side: Side): Promise<void> {
    await this.#connection.query(`USE ${this.confirmName(side)}`);
  }
}
