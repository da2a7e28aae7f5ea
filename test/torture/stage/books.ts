import type { Rig } from '../../e2e/rigs/rig.ts';

/** What differs between engines: how a counted id is declared, and how its counter is set. */
const counters = {
  SQLite: {
    column: 'INTEGER PRIMARY KEY AUTOINCREMENT',
    set: (next: number) => `UPDATE sqlite_sequence SET seq = ${next - 1} WHERE name = 'tickets'`,
  },
  PostgreSQL: {
    column: 'SERIAL PRIMARY KEY',
    set: (next: number) => `ALTER SEQUENCE tickets_id_seq RESTART WITH ${next}`,
  },
  MariaDB: {
    column: 'INTEGER AUTO_INCREMENT PRIMARY KEY',
    set: (next: number) => `ALTER TABLE tickets AUTO_INCREMENT = ${next}`,
  },
} as const;

const text = (id: number): string => `'${'holdfast '.repeat((id % 9) + 2)}${id}'`;

/** Three small tables: two with a foreign key between them, one whose ids are counted. */
export async function createBooks(rig: Rig): Promise<void> {
  await rig.execute(
    'CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(1000) NOT NULL)',
    'CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, note VARCHAR(1000), FOREIGN KEY (customer_id) REFERENCES customers (id))',
    `CREATE TABLE tickets (id ${counters[rig.engine].column}, note VARCHAR(1000))`,
    "INSERT INTO tickets (note) VALUES ('first')",
  );
  await fillBooks(rig);
}

/** The state of which the snapshots are, whatever was there: nine customers, twenty orders, two tickets, next id 8. */
export async function fillBooks(rig: Rig): Promise<void> {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const customers = ids(9).map((id) => `(${id}, ${text(id)})`);
  const orders = ids(20).map((id) => `(${id}, ${(id % 9) + 1}, ${id % 5 === 0 ? 'NULL' : text(id)})`);
  await rig.execute(
    'DELETE FROM orders',
    'DELETE FROM customers',
    'DELETE FROM tickets',
    `INSERT INTO customers VALUES ${customers.join(', ')}`,
    `INSERT INTO orders VALUES ${orders.join(', ')}`,
    `INSERT INTO tickets VALUES (1, 'one'), (3, 'three')`,
    counters[rig.engine].set(8),
  );
}

/** The state that a restore finds: rows changed, gone and new in every table. */
export async function damageBooks(rig: Rig): Promise<void> {
  await fillBooks(rig);
  await rig.execute(
    'DELETE FROM orders WHERE id % 3 = 0',
    `UPDATE orders SET note = 'changed' WHERE id % 4 = 0`,
    `UPDATE customers SET name = 'changed' WHERE id % 2 = 0`,
    `INSERT INTO customers VALUES (50, 'new')`,
    'DELETE FROM tickets WHERE id = 1',
    `INSERT INTO tickets VALUES (9, 'new')`,
    counters[rig.engine].set(12),
  );
}
