import type { Rig } from '../rigs/rig.ts';

/** Three tables whose foreign keys form a chain, in SQL that every engine takes. */
const tables = {
  customers: 'id INTEGER PRIMARY KEY, name VARCHAR(1000) NOT NULL, city VARCHAR(1000)',
  orders:
    'id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, note VARCHAR(1000), FOREIGN KEY (customer_id) REFERENCES customers (id)',
  order_lines:
    'id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, product VARCHAR(1000) NOT NULL, quantity INTEGER NOT NULL, FOREIGN KEY (order_id) REFERENCES orders (id)',
} as const;

const batchRows = 500;

/** How many rows each table has where there are `lines` order lines. */
export function rowCounts(lines: number): Readonly<Record<keyof typeof tables, number>> {
  return { customers: Math.ceil(lines / 8), orders: Math.ceil(lines / 3), order_lines: lines };
}

export function totalRows(lines: number): number {
  return Object.values(rowCounts(lines)).reduce((sum, rows) => sum + rows, 0);
}

/** Makes the tables and fills them. */
export async function createLedger(rig: Rig, lines: number): Promise<void> {
  const counts = rowCounts(lines);
  for (const [name, columns] of Object.entries(tables))
    await rig.execute(`CREATE TABLE ${name} (${columns})`);
  // Wide rows: a restore goes in pieces of about a mebibyte, and the points shall lie in different ones.
  const text = (id: number): string => `'${'holdfast '.repeat((id % 80) + 30)}${id}'`;
  await fill(
    rig,
    'customers',
    counts.customers,
    (id) => `${id}, ${text(id)}, ${id % 7 === 0 ? 'NULL' : text(id * 3)}`,
  );
  await fill(rig, 'orders', counts.orders, (id) => `${id}, ${(id % counts.customers) + 1}, ${text(id)}`);
  await fill(
    rig,
    'order_lines',
    counts.order_lines,
    (id) => `${id}, ${(id % counts.orders) + 1}, ${text(id)}, ${id % 50}`,
  );
}

async function fill(rig: Rig, table: string, rows: number, cells: (id: number) => string): Promise<void> {
  const statements: string[] = [];
  for (let first = 1; first <= rows; first += batchRows) {
    const size = Math.min(batchRows, rows - first + 1);
    const values = Array.from({ length: size }, (_, index) => `(${cells(first + index)})`);
    statements.push(`INSERT INTO ${table} VALUES ${values.join(', ')}`);
  }
  await rig.execute(...statements);
}

/** Changes, removes and adds rows in every table; doing it to the same rows gives the same state. */
export async function damageLedger(rig: Rig): Promise<void> {
  await rig.execute(
    'DELETE FROM order_lines WHERE id % 3 = 0',
    'UPDATE order_lines SET quantity = quantity + 1 WHERE id % 3 = 1',
    'DELETE FROM orders WHERE id % 11 = 0 AND id NOT IN (SELECT order_id FROM order_lines)',
    `UPDATE orders SET note = 'damaged' WHERE id % 4 = 0`,
    `UPDATE customers SET city = 'Nowhere' WHERE id % 2 = 0`,
    `INSERT INTO customers VALUES (-1, 'new since the snapshot', NULL)`,
  );
}
