import type { ExpectedFinding, SeededDamage, SeededDialect } from './seeded.ts';

interface Types {
  readonly key: string;
  readonly text: string;
  readonly level: string;
  readonly boolean: string;
  readonly money: string;
  readonly time: string;
}

function tablesOf({ key, text, level, boolean, money, time }: Types): string[] {
  return [
    `CREATE TABLE customers (id ${key}, email ${text} NOT NULL, city ${text} NOT NULL, nick ${text}, level ${level} NOT NULL,
      is_active ${boolean} NOT NULL DEFAULT ${boolean === 'boolean' ? 'true' : '1'}, points int NOT NULL DEFAULT 0,
      created_at ${time} NOT NULL, born_at ${time})`,
    'CREATE UNIQUE INDEX customers_email ON customers (email)',
    `CREATE TABLE tags (id ${key}, label ${text} NOT NULL)`,
    'CREATE UNIQUE INDEX tags_label ON tags (label)',
    'CREATE TABLE "_CustomerToTag" ("A" int NOT NULL, "B" int NOT NULL)',
    `CREATE TABLE orders (id ${key}, customer_id int NOT NULL, number int NOT NULL, parent_id int, total ${money} NOT NULL,
      opened_at ${time} NOT NULL, closed_at ${time})`,
    'CREATE UNIQUE INDEX orders_number ON orders (customer_id, number)',
    `CREATE TABLE order_lines (order_id int NOT NULL, number int NOT NULL, quantity int NOT NULL, unit_price ${money} NOT NULL,
      PRIMARY KEY (order_id, number))`,
    `CREATE TABLE shipments (id ${key}, line_order_id int NOT NULL, line_number int NOT NULL)`,
  ];
}

const found = (
  check: string,
  model: string | null,
  field: string | null,
  count: number,
): readonly ExpectedFinding[] => [{ check, model, field, count }];

interface Differences {
  readonly text: string;
  readonly dropUnique: (index: string, table: string) => string;
  readonly unknownLabel: readonly string[];
  readonly wrongType: SeededDamage;
  readonly widen: readonly string[];
  readonly counterBack: readonly string[] | null;
}

/** One kind of damage after the other, each in rows of its own. */
function damageOf(differences: Differences): SeededDamage[] {
  const { text, dropUnique, unknownLabel, wrongType, widen, counterBack } = differences;
  return [
    {
      kind: 'orphans',
      statements: ['UPDATE orders SET customer_id = 99, number = 9 WHERE id = 5'],
      expected: found('orphans', 'Order', 'customerId', 1),
    },
    {
      kind: 'orphans, self relation',
      statements: ['UPDATE orders SET parent_id = 77 WHERE id IN (3, 4)'],
      expected: found('orphans', 'Order', 'parentId', 2),
    },
    {
      kind: 'orphans, composite key',
      statements: ['UPDATE shipments SET line_number = 8 WHERE id = 2'],
      expected: found('orphans', 'Shipment', 'lineOrderId, lineNumber', 1),
    },
    {
      kind: 'orphans, many-to-many',
      statements: ['INSERT INTO "_CustomerToTag" ("A", "B") VALUES (1, 5555)'],
      expected: [...found('orphans', null, 'B', 1), ...found('rule', 'Customer', null, 1)],
    },
    {
      kind: 'duplicates',
      statements: [
        dropUnique('tags_label', 'tags'),
        "INSERT INTO tags (label) VALUES ('new'), ('new'), ('old')",
      ],
      expected: found('duplicates', 'Tag', 'label', 2),
    },
    {
      kind: 'duplicates, compound',
      statements: [
        dropUnique('orders_number', 'orders'),
        `INSERT INTO orders (customer_id, number, total, opened_at) VALUES (1, 1, 0, '2024-06-01 00:00:00')`,
      ],
      expected: found('duplicates', 'Order', 'customerId, number', 1),
    },
    {
      kind: 'required field empty',
      statements: [
        'ALTER TABLE customers DROP COLUMN city',
        `ALTER TABLE customers ADD COLUMN city ${text}`,
        "UPDATE customers SET city = 'Oslo' WHERE id NOT IN (2, 3)",
      ],
      expected: found('required-empty', 'Customer', 'city', 2),
    },
    {
      kind: 'required text blank',
      statements: ["UPDATE customers SET city = '  ' WHERE id = 4"],
      expected: found('blank-text', 'Customer', 'city', 1),
    },
    {
      kind: 'unknown enum value',
      statements: unknownLabel,
      expected: found('unknown-enum-value', 'Customer', 'level', 1),
    },
    wrongType,
    {
      kind: 'out of range',
      statements: [...widen, 'UPDATE customers SET points = 3000000000 WHERE id = 3'],
      expected: found('out-of-range', 'Customer', 'points', 1),
    },
    {
      kind: 'implausible date, future stamp',
      statements: ["UPDATE customers SET created_at = '2031-01-01 00:00:00' WHERE id = 1"],
      expected: found('implausible-date', 'Customer', 'createdAt', 1),
    },
    {
      kind: 'implausible date, far away',
      statements: ["UPDATE customers SET born_at = '1001-01-01 00:00:00' WHERE id IN (1, 2)"],
      expected: found('implausible-date', 'Customer', 'bornAt', 2),
    },
    {
      kind: 'negative quantity',
      statements: [
        'UPDATE order_lines SET quantity = -1, unit_price = -0.30 WHERE order_id = 1 AND number = 1',
      ],
      expected: found('negative-quantity', 'Line', 'quantity', 1),
    },
    {
      kind: 'rule, sum over a relation',
      statements: ['UPDATE orders SET total = 20.01 WHERE id = 2'],
      expected: found('rule', 'Order', 'total', 1),
    },
    {
      kind: 'rule, comparison',
      statements: ["UPDATE orders SET closed_at = '2024-05-03 09:59:59' WHERE id = 2"],
      expected: found('rule', 'Order', 'closedAt, openedAt', 1),
    },
    {
      kind: 'next id behind',
      statements: counterBack,
      expected: counterBack === null ? [] : found('next-id-behind', 'Shipment', 'id', 1),
    },
    {
      kind: 'drift, missing column',
      statements: ['ALTER TABLE customers DROP COLUMN nick'],
      expected: found('schema-drift', 'Customer', 'nick', 1),
    },
    {
      kind: 'backup incomplete',
      statements: [
        `INSERT INTO tags (label) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150)
         SELECT ${text.startsWith('varchar') ? "CONCAT('tag ', i)" : "'tag ' || i"} FROM n`,
      ],
      expected: found('backup-incomplete', 'Tag', null, 153),
      isLiveOnly: true,
    },
  ];
}

export const sqliteSeeded: SeededDialect = {
  provider: 'sqlite',
  tables: tablesOf({
    key: 'INTEGER PRIMARY KEY AUTOINCREMENT',
    text: 'TEXT',
    level: 'TEXT',
    boolean: 'BOOLEAN',
    money: 'DECIMAL',
    time: 'DATETIME',
  }),
  damage: damageOf({
    text: 'TEXT',
    dropUnique: (index) => `DROP INDEX ${index}`,
    unknownLabel: ["UPDATE customers SET level = 'lost' WHERE id = 2"],
    wrongType: {
      kind: 'wrong type',
      statements: ["UPDATE customers SET is_active = 'maybe' WHERE id = 4"],
      expected: found('wrong-type', 'Customer', 'isActive', 1),
    },
    widen: [],
    counterBack: ["UPDATE sqlite_sequence SET seq = 1 WHERE name = 'shipments'"],
  }),
};

export const postgresSeeded: SeededDialect = {
  provider: 'postgresql',
  tables: [
    "CREATE TYPE level AS ENUM ('BASIC', 'gold')",
    ...tablesOf({
      key: 'integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY',
      text: 'text',
      level: 'level',
      boolean: 'boolean',
      money: 'numeric(20,2)',
      time: 'timestamp(3)',
    }),
  ],
  damage: damageOf({
    text: 'text',
    dropUnique: (index) => `DROP INDEX ${index}`,
    unknownLabel: ["ALTER TYPE level ADD VALUE 'lost'", "UPDATE customers SET level = 'lost' WHERE id = 2"],
    wrongType: {
      kind: 'wrong type',
      statements: [
        "INSERT INTO order_lines (order_id, number, quantity, unit_price) VALUES (4, 1, 1, 'NaN')",
        "UPDATE orders SET total = 'NaN' WHERE id = 4",
      ],
      expected: [...found('wrong-type', 'Line', 'unitPrice', 1), ...found('wrong-type', 'Order', 'total', 1)],
    },
    widen: ['ALTER TABLE customers ALTER COLUMN points TYPE bigint'],
    counterBack: [`SELECT setval(pg_get_serial_sequence('shipments', 'id'), 1, true)`],
  }),
};

export const mysqlSeeded: SeededDialect = {
  provider: 'mysql',
  tables: tablesOf({
    key: 'int AUTO_INCREMENT PRIMARY KEY',
    text: 'varchar(191)',
    level: "enum('BASIC', 'gold')",
    boolean: 'tinyint(1)',
    money: 'decimal(20,2)',
    time: 'datetime(3)',
  }),
  damage: damageOf({
    text: 'varchar(191)',
    dropUnique: (index, table) => `DROP INDEX ${index} ON ${table}`,
    unknownLabel: [
      "ALTER TABLE customers MODIFY level enum('BASIC', 'gold', 'lost') NOT NULL",
      "UPDATE customers SET level = 'lost' WHERE id = 2",
    ],
    wrongType: {
      kind: 'wrong type',
      statements: ['UPDATE customers SET is_active = 7 WHERE id = 4'],
      expected: found('wrong-type', 'Customer', 'isActive', 1),
    },
    widen: ['ALTER TABLE customers MODIFY points bigint NOT NULL'],
    // The server itself keeps every counter beyond the rows.
    counterBack: null,
  }),
};
