import { createHash } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { DatabaseTarget } from '../../ports/database.ts';
import type { DrillDatabase, DrillPlace, DrillPlaceOptions, OpenDrillPlace } from '../../ports/drill.ts';
import { drillOf, makeDrillName } from '../drill-name.ts';
import { PostgresConnection } from './connection.ts';
import { PostgresDatabase } from './database.ts';
import { sqlState } from './database-errors.ts';
import { quoteIdentifier } from './quoting.ts';
import { RenamedDatabase } from './renamed-database.ts';
import { beginTransaction } from './transaction.ts';
import { identify, withDatabase } from './url.ts';

const insufficientPrivilege = '42501';
const noSuchDatabase = '3D000';
/** The first version whose DROP DATABASE ends the sessions of a dead drill. */
const forceVersion = 130_000;

/** A server on which drills make databases or, where the role may not, schemas in the target's database. */
export const openDrillPlace: OpenDrillPlace = async (target, options) => {
  // Not with the signal of the run: what was made is dropped after an abort, too.
  const connection = await PostgresConnection.open(target, { lockTimeoutMs: options.lockTimeoutMs });
  return new DrillServer(connection, options);
};

class DrillServer implements DrillPlace {
  readonly #connection: PostgresConnection;
  readonly #options: DrillPlaceOptions;
  #guard: PostgresConnection | null = null;

  constructor(connection: PostgresConnection, options: DrillPlaceOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async sweep(): Promise<readonly string[]> {
    const found = await this.#connection.query<{ name: string; kind: 'database' | 'schema' }>(leftSql);
    const locks = await this.#connection.query<{ key: string }>(locksSql);
    const alive = new Set(locks.map(({ key }) => key));
    const dropped: string[] = [];
    for (const { name, kind } of found) {
      const drill = drillOf(name);
      if (drill === null || alive.has(lockKey(drill).join(' '))) continue;
      if (await this.#dropLeft(kind, name)) dropped.push(name);
    }
    return dropped;
  }

  async create(schemas: readonly string[]): Promise<DrillDatabase> {
    const { newId, processId } = this.#options;
    const name = makeDrillName(newId(), processId);
    try {
      await this.#takeLock(name);
      const isDatabase = await this.#createDatabase(name);
      if (isDatabase)
        return this.#describe('database', name, withDatabase(this.#connection.target, name, schemas));
      return await this.#createSchemas(name, schemas);
    } catch (error) {
      throw this.#connection.failure(error, `Cannot make a database for the drill`, 'DATABASE.PERMISSION');
    }
  }

  async close(): Promise<void> {
    await this.#guard?.close();
    await this.#connection.close();
  }

  /** In a transaction of a session of its own, so that it also holds where a pooler gives sessions away. */
  async #takeLock(name: string): Promise<void> {
    const { target, lockTimeoutMs } = this.#connection;
    this.#guard = await PostgresConnection.open(target, { lockTimeoutMs });
    await beginTransaction(this.#guard, 'READ COMMITTED READ ONLY');
    await this.#guard.query(`SELECT pg_advisory_xact_lock(${lockKey(name).map(toSigned).join(', ')})`);
  }

  /** @returns false when the role may not make databases */
  async #createDatabase(name: string): Promise<boolean> {
    const [like] = await this.#connection.query<{ sql: string }>(likeSql);
    try {
      await this.#connection.query(
        `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0 ${like!.sql}`,
      );
      return true;
    } catch (error) {
      if (sqlState(error) !== insufficientPrivilege) throw error;
      return false;
    }
  }

  async #createSchemas(name: string, schemas: readonly string[]): Promise<DrillDatabase> {
    const names = new Map(schemas.map((schema, at) => [schema, at === 0 ? name : `${name}_${at}`]));
    const own = [...names.values()];
    try {
      for (const one of own) await this.#connection.query(`CREATE SCHEMA ${quoteIdentifier(one)}`);
    } catch (error) {
      await this.#dropSchemas(own);
      if (sqlState(error) !== insufficientPrivilege) throw error;
      throw new AppError(
        'DATABASE.PERMISSION',
        'Cannot make a database for the drill: the role may make neither databases nor schemas',
        {
          hint: 'Give it one of the two rights (ALTER ROLE … CREATEDB, or GRANT CREATE ON DATABASE …), or drill on another server with --to',
          cause: error,
        },
      );
    }
    return this.#describe('schema', name, { ...this.#connection.target, schemas: own }, names);
  }

  #describe(
    kind: 'database' | 'schema',
    name: string,
    target: DatabaseTarget,
    names: ReadonlyMap<string, string> | null = null,
  ): DrillDatabase {
    return {
      ...{ name, kind, host: identify(target).host, folder: null },
      async open(options) {
        const database = new PostgresDatabase(await PostgresConnection.open(target, options));
        return names === null ? database : new RenamedDatabase(database, names);
      },
      drop: async () => {
        if (names === null) await this.#dropDatabase(name);
        else await this.#dropSchemas([...names.values()]);
        await this.#guard?.close();
      },
    };
  }

  async #dropDatabase(name: string): Promise<void> {
    const force = this.#connection.serverVersion >= forceVersion ? ' WITH (FORCE)' : '';
    await this.#connection.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)}${force}`);
  }

  async #dropSchemas(names: readonly string[]): Promise<void> {
    for (const name of names)
      await this.#connection.query(`DROP SCHEMA IF EXISTS ${quoteIdentifier(name)} CASCADE`);
  }

  /** @returns false when another drill drops it, or it belongs to another role */
  async #dropLeft(kind: 'database' | 'schema', name: string): Promise<boolean> {
    try {
      await (kind === 'database' ? this.#dropDatabase(name) : this.#dropSchemas([name]));
      return true;
    } catch (error) {
      if ([insufficientPrivilege, noSuchDatabase].includes(sqlState(error) ?? '')) return false;
      throw this.#connection.failure(error, `Cannot drop ${name}, which a drill left`, 'DATABASE.PERMISSION');
    }
  }
}

/** The two halves of an advisory lock's key, as pg_locks shows them. */
function lockKey(name: string): readonly [number, number] {
  const digest = createHash('sha256').update(name).digest();
  return [digest.readUInt32BE(0), digest.readUInt32BE(4)];
}

function toSigned(half: number): number {
  return half | 0;
}

const leftSql = `
SELECT datname::text AS name, 'database' AS kind FROM pg_database WHERE datname LIKE 'holdfast\\_drill\\_%'
UNION ALL
SELECT nspname::text, 'schema' FROM pg_namespace WHERE nspname LIKE 'holdfast\\_drill\\_%'`;

/** Of every database of the server. */
const locksSql = `
SELECT classid || ' ' || objid AS key FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted`;

/** So that texts sort and compare as they do in the target's database. */
const likeSql = `
SELECT format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', pg_encoding_to_char(encoding), datcollate, datctype) AS sql
FROM pg_database WHERE datname = current_database()`;
