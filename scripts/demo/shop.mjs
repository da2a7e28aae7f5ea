/** What the demo itself does to the shop's database and sees in it. Knows nothing of Holdfast. */
import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';

/** Tables of SQLite itself that belong to the content, by what they hold. */
const inner = [
  ['(next ids)', 'sqlite_sequence'],
  ['(definitions)', 'sqlite_master'],
];

/** What goes wrong, and what the person at the till would say about it. */
const accidents = [
  ['DELETE FROM orders WHERE id % 3 = 0', 'orders deleted, and their lines with them'],
  ['UPDATE products SET price = price * 10', 'prices multiplied by ten'],
  [
    `UPDATE products SET thumbnail = NULL, attributes = '{}' WHERE id % 2 = 0`,
    'products without picture and attributes',
  ],
  [`DELETE FROM stock_movements WHERE moved_at >= '2026-01-01'`, 'stock movements of this year dropped'],
  ['UPDATE stock_levels SET quantity = 0 WHERE quantity <> 0', 'stock levels set to zero'],
  ['DELETE FROM _ProductToSupplier', 'links from products to their suppliers dropped'],
  [`UPDATE users SET name = 'Test', settings = NULL WHERE role <> 'OWNER'`, 'users renamed to “Test”'],
  [
    `INSERT INTO suppliers (name, email, lead_time_days, address) VALUES ('Wrong Ltd', 'wrong@example.com', 1, '{}')`,
    'supplier added after the backup',
  ],
];

/** @returns one sentence for each thing that was done */
export function damage(file) {
  return withDatabase(file, {}, (database) => {
    database.pragma('foreign_keys = ON');
    return accidents.map(([sql, what]) => `${count(database.prepare(sql).run().changes)} ${what}`);
  });
}

/**
 * For every table its rows and a digest of its content, whatever the order of the rows; also one of the counters of
 * generated ids and one of the definitions of tables, indexes and triggers.
 */
export function digestDatabase(file) {
  return withDatabase(file, { readonly: true }, (database) => {
    const tables = database
      .prepare(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
      )
      .pluck()
      .all();
    const parts = [...tables.map((table) => [table, table]), ...inner];
    return Object.fromEntries(parts.map(([name, table]) => [name, digestTable(database, table)]));
  });
}

/** The parts that are not the same in both. */
export function differences(one, other) {
  const parts = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...parts].filter((part) => one[part]?.digest !== other[part]?.digest);
}

/** One line for each part, with its rows before, after the accident and now. */
export function describeStates({ before, damaged, after }) {
  const line = (cells) =>
    `  ${cells[0].padEnd(22)}${cells
      .slice(1)
      .map((cell) => cell.padStart(12))
      .join('')}`;
  const rows = Object.keys(before).map((part) => {
    const verdict = before[part].digest === after[part]?.digest ? 'equal' : 'DIFFERS';
    const counts = [before, damaged, after].map((state) => count(state[part]?.rows ?? 0));
    const wasTouched = before[part].digest !== damaged[part]?.digest;
    return line([part, counts[0], wasTouched ? `${counts[1]} *` : counts[1], counts[2], verdict]);
  });
  return [line(['', 'before', 'accident', 'now', '']), ...rows, '  * changed by the accident'];
}

function digestTable(database, table) {
  const columns = columnsToCompare(database, table);
  const cells = columns.flatMap((name) => [
    `typeof(${name})`,
    `CASE typeof(${name}) WHEN 'real' THEN ${name} ELSE hex(${name}) END`,
  ]);
  const rows = database.prepare(`SELECT ${cells.join(', ')} FROM ${quoteName(table)}`).raw();
  const hashes = [];
  for (const row of rows.iterate()) hashes.push(digestOf(row.map(cellText).join('|')));
  return { rows: hashes.length, digest: digestOf(hashes.sort().join()) };
}

/** Where SQLite put a table in its file is no part of what the table is. */
function columnsToCompare(database, table) {
  const names = database.prepare('SELECT name FROM pragma_table_xinfo(?)').pluck().all(table);
  return names.filter((name) => table !== 'sqlite_master' || name !== 'rootpage').map(quoteName);
}

/** The eight bytes of a real number, so that no rounding hides a difference. */
function cellText(cell) {
  if (typeof cell !== 'number') return String(cell);
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(cell);
  return bytes.toString('hex');
}

function quoteName(name) {
  return `"${name.replaceAll('"', '""')}"`;
}

function digestOf(text) {
  return createHash('sha256').update(text).digest('hex');
}

function count(number) {
  return number.toLocaleString('en');
}

function withDatabase(file, options, use) {
  const database = new Database(file, { fileMustExist: true, ...options });
  try {
    return use(database);
  } finally {
    database.close();
  }
}
