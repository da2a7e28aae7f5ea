import type { AccessObstacle, AccessReport } from '../../ports/access.ts';
import type { Scope } from '../../ports/database.ts';
import type { TableName } from '../../snapshot/table.ts';
import { wantedSchemas } from './catalogue.ts';
import type { PostgresConnection } from './connection.ts';
import { quoteIdentifier, quoteTable } from './quoting.ts';
import { listRelations, readStoredBytes, resolveSchemas, withPartitions } from './relations.ts';
import { listSequences } from './sequences.ts';
import { beginTransaction, rollBack } from './transaction.ts';

/** Asks what the role may do with the tables in scope. Reads catalogues only, and changes nothing. */
export async function examineAccess(connection: PostgresConnection, scope: Scope): Promise<AccessReport> {
  try {
    await beginTransaction(connection, 'READ COMMITTED READ ONLY');
    return await examine(connection, scope);
  } catch (error) {
    throw connection.failure(error, 'Cannot examine the rights of the role', 'DATABASE.READ');
  } finally {
    await rollBack(connection);
  }
}

async function examine(connection: PostgresConnection, scope: Scope): Promise<AccessReport> {
  const server = await readServer(connection);
  const { schemas, missing } = await resolveSchemas(connection, wantedSchemas(connection.target, scope));
  const relations = await listRelations(connection, schemas);
  const oids = withPartitions(relations).map(({ oid }) => oid);
  const sequences = await listSequences(connection, schemas, oids);
  const rights = await readRights(connection, oids);
  const role = quoteIdentifier(server.user);
  return {
    server: `PostgreSQL ${server.version}`,
    user: server.user,
    tables: relations.length,
    estimatedBytes: await readStoredBytes(connection, oids),
    obstacles: [
      ...missing.map(missingSchema),
      ...unreadable(
        relations.filter((one) => !one.isReadable),
        { role, kind: 'table' },
      ),
      ...unreadable(
        sequences.filter((one) => !one.is_readable),
        { role, kind: 'sequence' },
      ),
      ...hiding(
        rights.filter((one) => one.hides_rows),
        role,
      ),
      ...notOwned([...rights, ...sequences].filter((one) => !one.is_owned)),
      ...(server.is_standby ? [standby] : []),
    ],
  };
}

interface ServerRow {
  readonly version: string;
  readonly user: string;
  readonly is_standby: boolean;
}

async function readServer(connection: PostgresConnection): Promise<ServerRow> {
  const [row] = await connection.query<ServerRow>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version, current_user::text AS user,
       pg_is_in_recovery() AS is_standby`,
  );
  return row!;
}

interface RightsRow extends TableName {
  readonly is_owned: boolean;
  readonly hides_rows: boolean;
}

/** Also of the tables elsewhere whose foreign keys point here: a restore takes these down for its time. */
async function readRights(
  connection: PostgresConnection,
  oids: readonly number[],
): Promise<readonly RightsRow[]> {
  return connection.query<RightsRow>(
    `WITH touched AS (
       SELECT unnest($1::oid[]) AS oid, true AS is_read
       UNION SELECT conrelid, false FROM pg_constraint
         WHERE contype = 'f' AND confrelid = ANY ($1::oid[]) AND conrelid <> ALL ($1::oid[]))
     SELECT n.nspname AS schema, c.relname AS name, pg_has_role(c.relowner, 'USAGE') AS is_owned,
       t.is_read AND row_security_active(c.oid) AS hides_rows
     FROM touched t JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace
     ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`,
    [oids],
  );
}

const standby: AccessObstacle = {
  what: 'restoring',
  tables: [],
  message: 'The server is a standby, which takes no writes',
  remedy: 'Restore into the primary server: name its address with --to <variable>',
};

function missingSchema(name: string): AccessObstacle {
  return {
    what: 'reading',
    tables: [],
    message: `The database has no schema ${name}, which the application names`,
    remedy: 'Run npx prisma migrate deploy, or correct ?schema= of the address or schemas of the datasource',
  };
}

function unreadable(
  tables: readonly TableName[],
  { role, kind }: { readonly role: string; readonly kind: 'table' | 'sequence' },
): AccessObstacle[] {
  if (tables.length === 0) return [];
  const schemas = [...new Set(tables.map(({ schema }) => quoteIdentifier(schema ?? 'public')))].join(', ');
  const names = `${kind.toUpperCase()} ${tables.map(quoteTable).join(', ')}`;
  return [
    {
      what: 'reading',
      tables: tables.map(nameOf),
      message: `The role ${role} may not read every ${kind}`,
      remedy: `GRANT USAGE ON SCHEMA ${schemas} TO ${role}; GRANT SELECT ON ${names} TO ${role}`,
    },
  ];
}

function hiding(tables: readonly TableName[], role: string): AccessObstacle[] {
  if (tables.length === 0) return [];
  return [
    {
      what: 'hidden rows',
      tables: tables.map(nameOf),
      message: `Row-level security hides rows from the role ${role}`,
      remedy: `Connect as the owner of the tables, or as an administrator: ALTER ROLE ${role} BYPASSRLS`,
    },
  ];
}

function notOwned(tables: readonly TableName[]): AccessObstacle[] {
  if (tables.length === 0) return [];
  return [
    {
      what: 'restoring',
      tables: tables.map(nameOf),
      message: 'The role does not own all that a restore would change',
      remedy: 'Restore as the owner: name the variable with its address with --to or --url-env',
    },
  ];
}

function nameOf({ schema, name }: TableName): TableName {
  return { schema, name };
}
