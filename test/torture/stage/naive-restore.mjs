/** A restore as it is often written: each statement by itself. Arguments: the good database file, and the one to fill. */
import Database from 'better-sqlite3';

const [from, to] = process.argv.slice(2);
const source = new Database(from, { readonly: true });
const target = new Database(to);
for (const table of ['orders', 'customers', 'tickets']) target.exec(`DELETE FROM ${table}`);
for (const table of ['customers', 'orders', 'tickets']) {
  for (const row of source.prepare(`SELECT * FROM ${table}`).raw().all()) {
    target.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`).run(row);
  }
}
