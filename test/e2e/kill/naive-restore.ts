/**
 * A restore as it is often written: empty the tables, then insert, each statement by itself. The control of the kill
 * tests. Arguments: the database's URL and a snapshot. Prints how many rows are in after each batch.
 */
import { readFileSync, writeSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import pg from 'pg';
import { connectMysql } from '../../support/mysql.ts';

type Cell = string | number | null;
interface SnapshotTable {
  readonly table: { readonly name: string };
  readonly rows: readonly (readonly Cell[])[];
}

const order = ['customers', 'orders', 'order_lines'];
const batchRows = 500;
const [url = '', snapshot = ''] = process.argv.slice(2);
const document = JSON.parse(gunzipSync(readFileSync(snapshot)).toString('utf8')) as {
  tables: SnapshotTable[];
};
const run = await connect();
for (const name of order.toReversed()) await run(`DELETE FROM ${name}`);
let inserted = 0;
for (const name of order) {
  const rows = document.tables.find(({ table }) => table.name === name)!.rows;
  for (let first = 0; first < rows.length; first += batchRows) {
    const batch = rows.slice(first, first + batchRows);
    await run(
      `INSERT INTO ${name} VALUES ${batch.map((row) => `(${row.map(quote).join(', ')})`).join(', ')}`,
    );
    inserted += batch.length;
    writeSync(1, `${inserted}\n`);
  }
}
process.exit();

function quote(cell: Cell): string {
  return typeof cell === 'string' ? `'${cell.replaceAll("'", "''")}'` : String(cell);
}

async function connect(): Promise<(sql: string) => Promise<unknown>> {
  if (url.startsWith('file:')) {
    const database = new Database(url.slice('file:'.length));
    return async (sql) => database.exec(sql);
  }
  if (url.startsWith('mysql:')) {
    const connection = await connectMysql(url);
    return (sql) => connection.query(sql);
  }
  const client = new pg.Client({ connectionString: url, application_name: 'holdfast' });
  await client.connect();
  return (sql) => client.query(sql);
}
