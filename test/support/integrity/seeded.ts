import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type CliResult, documentOf, runCli } from '../cli.ts';
import type { AppDatabase } from '../operations/database.ts';
import { makeTempFolder } from '../sqlite.ts';

/** How one kind of database says what the seeded shop needs. */
export interface SeededDialect {
  readonly provider: string;
  readonly tables: readonly string[];
  readonly damage: readonly SeededDamage[];
}

/** Damage of one kind, and what has to be found of it; nothing else may be found. */
export interface SeededDamage {
  readonly kind: string;
  /** Null where the database cannot be brought into that state; then `expected` is empty. */
  readonly statements: readonly string[] | null;
  readonly expected: readonly ExpectedFinding[];
  /** A snapshot has no such thing. */
  readonly isLiveOnly?: boolean;
}

export interface ExpectedFinding {
  readonly check: string;
  readonly model: string | null;
  readonly field: string | null;
  readonly count: number;
}

const schemaFor = (provider: string): string => `
datasource db {
  provider     = "${provider}"
  url          = env("DATABASE_URL")
  relationMode = "prisma"
}

enum Level {
  BASIC
  GOLD  @map("gold")
  ${provider === 'sqlite' ? '' : '@@map("level")'}
}

model Customer {
  id        Int       @id @default(autoincrement())
  email     String    @unique
  city      String
  nick      String?
  level     Level     @default(BASIC)
  isActive  Boolean   @default(true) @map("is_active")
  points    Int       @default(0)
  createdAt DateTime  @default(now()) @map("created_at")
  bornAt    DateTime? @map("born_at")
  orders    Order[]
  tags      Tag[]

  @@map("customers")
}

model Tag {
  id        Int        @id @default(autoincrement())
  label     String     @unique
  customers Customer[]

  @@map("tags")
}

model Order {
  id         Int       @id @default(autoincrement())
  customerId Int       @map("customer_id")
  number     Int
  parentId   Int?      @map("parent_id")
  total      Decimal
  openedAt   DateTime  @map("opened_at")
  closedAt   DateTime? @map("closed_at")
  customer   Customer  @relation(fields: [customerId], references: [id])
  parent     Order?    @relation("Follows", fields: [parentId], references: [id], onDelete: NoAction, onUpdate: NoAction)
  followers  Order[]   @relation("Follows")
  lines      Line[]

  @@unique([customerId, number])
  @@map("orders")
}

model Line {
  orderId   Int        @map("order_id")
  number    Int
  quantity  Int
  unitPrice Decimal    @map("unit_price")
  order     Order      @relation(fields: [orderId], references: [id])
  shipments Shipment[]

  @@id([orderId, number])
  @@map("order_lines")
}

model Shipment {
  id          Int  @id @default(autoincrement())
  lineOrderId Int  @map("line_order_id")
  lineNumber  Int  @map("line_number")
  line        Line @relation(fields: [lineOrderId, lineNumber], references: [orderId, number])

  @@map("shipments")
}
`;

const config = {
  rules: [
    { name: 'total', rule: 'Order.total = sum(lines.quantity * lines.unitPrice)' },
    { rule: 'closedAt >= openedAt', model: 'Order', severity: 'warning' },
    'Customer: count(tags) < 2',
    'Customer: sum(tags.id) >= 0 and not (isActive = false)',
    'Order: count(lines where lines.quantity > 100) = 0 and count(followers) < 9',
    "Order.openedAt <= now() and Order.openedAt > '2000-01-01'",
    'Order: min(lines.unitPrice) <= max(lines.unitPrice) with tolerance 0.5',
    "Line: order.customer.points >= 0 where order.customer.level in ('BASIC', 'GOLD')",
  ],
};

/** Rows that nothing is wrong with. */
export const soundRows: readonly string[] = [
  `INSERT INTO customers (email, city, nick, level, points, created_at, born_at) VALUES
    ('ann@example.com', 'Oslo', 'ann', 'BASIC', 1, '2024-01-02 03:04:05', '1990-05-06 00:00:00'),
    ('bob@example.com', 'Bern', NULL, 'gold', 2, '2024-02-03 04:05:06', NULL),
    ('cleo@example.com', 'Rome', NULL, 'BASIC', 3, '2024-03-04 05:06:07', '9999-12-31 00:00:00'),
    ('dan@example.com', 'Riga', NULL, 'BASIC', 4, '2024-04-05 06:07:08', NULL)`,
  `INSERT INTO tags (label) VALUES ('new'), ('old')`,
  `INSERT INTO "_CustomerToTag" ("A", "B") VALUES (1, 1), (2, 2)`,
  `INSERT INTO orders (customer_id, number, parent_id, total, opened_at, closed_at) VALUES
    (1, 1, NULL, 0.30, '2024-05-01 10:00:00', '2024-05-02 10:00:00'),
    (1, 2, 1, 20.00, '2024-05-03 10:00:00', NULL),
    (2, 1, NULL, 12345678901.29, '2024-05-04 10:00:00', '2024-05-04 10:00:00'),
    (2, 2, NULL, 0, '2024-05-05 10:00:00', NULL),
    (3, 1, NULL, 0, '2024-05-05 10:00:00', NULL)`,
  `INSERT INTO order_lines (order_id, number, quantity, unit_price) VALUES
    (1, 1, 3, 0.10), (2, 1, 2, 7.50), (2, 2, 1, 5.00), (3, 1, 1, 12345678901.29)`,
  `INSERT INTO shipments (line_order_id, line_number) VALUES (1, 1), (2, 2)`,
];

/** A small shop in a folder of its own, over a real database. */
export class SeededShop {
  readonly folder = makeTempFolder();
  readonly #url: string;

  constructor(database: AppDatabase, { provider }: SeededDialect) {
    this.#url = database.target.url;
    mkdirSync(path.join(this.folder, 'prisma'));
    writeFileSync(path.join(this.folder, 'prisma/schema.prisma'), schemaFor(provider));
    this.configure(config);
  }

  configure(settings: object): void {
    writeFileSync(path.join(this.folder, 'holdfast.config.json'), JSON.stringify(settings));
  }

  run(...argv: readonly string[]): Promise<CliResult> {
    return runCli(argv, { cwd: this.folder, env: { DATABASE_URL: this.#url } });
  }

  /** Takes a snapshot; its path. */
  async backUp(...argv: readonly string[]): Promise<string> {
    const result = await this.run('backup', '--json', ...argv);
    if (result.exitCode !== 0) throw new Error(`no backup: ${result.stdout}${result.stderr}`);
    return (documentOf(result) as { snapshot: { path: string } }).snapshot.path;
  }

  /** What `validate data` finds, in a stable order; drift only where it is asked for. */
  async findings(...argv: readonly string[]): Promise<ExpectedFinding[]> {
    const result = await this.run('validate', 'data', '--json', ...argv);
    const document = documentOf(result) as { findings?: readonly ExpectedFinding[]; error?: object };
    if (document.findings === undefined) throw new Error(JSON.stringify(document));
    return sortFindings(document.findings);
  }
}

export function sortFindings(findings: readonly ExpectedFinding[]): ExpectedFinding[] {
  return findings
    .map(({ check, model, field, count }) => ({ check, model, field, count }))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
