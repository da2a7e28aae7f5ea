import { createHash } from 'node:crypto';
import type { Connection } from 'mariadb';
import type { Digest } from './bench.ts';

interface ColumnRow {
  readonly tableName: string;
  readonly name: string;
  readonly dataType: string;
  readonly isGenerated: number;
}

/**
 * What a database holds, as the server itself sees it: of every table its checksum, a digest of the stored bytes of all
 * values, the next id, and its statement. Keys that begin with `beside` are of triggers.
 */
export async function digestMariadb(connection: Connection): Promise<Digest> {
  const digest: Record<string, string> = {};
  const columns: ColumnRow[] = await connection.query(
    `SELECT c.TABLE_NAME AS tableName, c.COLUMN_NAME AS name, c.DATA_TYPE AS dataType,
       c.GENERATION_EXPRESSION IS NOT NULL AS isGenerated
     FROM information_schema.COLUMNS AS c JOIN information_schema.TABLES AS t USING (TABLE_SCHEMA, TABLE_NAME)
     WHERE c.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE' ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION`,
  );
  const tables = [...new Set(columns.map(({ tableName }) => tableName))];
  for (const table of tables) {
    const own = columns.filter(({ tableName }) => tableName === table);
    digest[`rows of ${table}`] = await digestRows(connection, table, own);
    // With a generated column the server's checksum is another one after the first reading of the same rows.
    if (!own.some(({ isGenerated }) => isGenerated === 1)) {
      const [checksum] = await connection.query(`CHECKSUM TABLE ${quote(table)} EXTENDED`);
      digest[`checksum of ${table}`] = String(checksum.Checksum);
    }
    const [statement] = await connection.query(`SHOW CREATE TABLE ${quote(table)}`);
    digest[`table ${table}`] = statement['Create Table'];
  }
  const triggers: { name: string; rest: string }[] = await connection.query(
    `SELECT TRIGGER_NAME AS name, CONCAT_WS(' ', EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER,
       ACTION_STATEMENT, SQL_MODE, DEFINER, CHARACTER_SET_CLIENT, COLLATION_CONNECTION) AS rest
     FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()`,
  );
  for (const { name, rest } of triggers) digest[`beside trigger ${name}`] = rest;
  return digest;
}

async function digestRows(
  connection: Connection,
  table: string,
  columns: readonly ColumnRow[],
): Promise<string> {
  const rows: (Buffer | null)[][] = await connection.query({
    sql: `SELECT ${columns.map(exactForm).join(', ')} FROM ${quote(table)}`,
    rowsAsArray: true,
    typeCast: (column) => column.buffer(),
  });
  const hashes = rows.map((row) => {
    const hash = createHash('sha256');
    for (const cell of row) hash.update(cell === null ? 'null,' : `${cell.length}:`).update(cell ?? '');
    return hash.digest('hex');
  });
  const digest = createHash('sha256').update(hashes.sort().join('\n')).digest('hex');
  return `${rows.length} rows ${digest.slice(0, 32)}`;
}

const storedBytes = /char|text|blob|binary|json|point|polygon|geometry|linestring/;

/** Text as it is stored, labels by their number, and FLOAT, of which only six digits would be printed, as DOUBLE. */
function exactForm({ name, dataType }: ColumnRow): string {
  const column = quote(name);
  if (dataType === 'enum' || dataType === 'set' || dataType === 'bit') return `${column} + 0`;
  if (dataType === 'float' || dataType === 'double') return `${column} + 0e0`;
  return storedBytes.test(dataType) ? `CAST(${column} AS BINARY)` : column;
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
