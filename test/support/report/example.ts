import type {
  CheckedData,
  Report,
  ReportFinding,
  ReportSnapshot,
  TableHistory,
} from '../../../src/export/report.ts';
import { defaultPolicy } from '../../../src/retention/policy.ts';

/** A report of an empty folder of no database, whose data was not checked. */
export const emptyReport: Report = {
  command: 'report',
  ok: false,
  created: '2026-11-21T08:00:00.000Z',
  tool: 'holdfast 0.1.0',
  folder: '/srv/shop/backups',
  database: null,
  data: { status: 'skipped' },
  health: {
    status: 'error',
    lastBackup: null,
    lastVerified: null,
    maxAgeMs: 26 * 3_600_000,
    nextScheduled: null,
    totalBytes: 0,
    freeBytes: null,
    findings: [
      finding({
        check: 'backup.missing',
        message: 'There is no verified backup in /srv/shop/backups',
        hint: 'Take one and see what it says: holdfast backup',
      }),
    ],
  },
  snapshots: [],
  held: [],
  history: { snapshots: [], tables: [], unread: [] },
  cleanup: { status: 'planned', policy: defaultPolicy, kept: 0, removed: [], freedBytes: 0, warnings: [] },
};

export function checkedData(findings: readonly ReportFinding[]): CheckedData {
  return {
    ...{ status: 'checked', checks: 96, unfinished: 0, tables: 11, warnings: [], durationMs: 1840 },
    findings,
  };
}

export function finding(more: Partial<ReportFinding>): ReportFinding {
  return {
    check: 'relation',
    severity: 'error',
    model: null,
    table: null,
    field: null,
    count: 1,
    samples: [],
    message: 'Something is not as it has to be',
    hint: null,
    sql: null,
    rule: null,
    ...more,
  };
}

const dayMs = 86_400_000;

export interface ExampleSize {
  readonly snapshots: number;
  readonly models: number;
  /** The name of a model by its number. */
  readonly nameOf?: (index: number) => string;
}

/** A report on daily backups of a database that grows, the last one eight hours ago. */
export function growingReport({ snapshots: count, models, nameOf = nameModel }: ExampleSize): Report {
  const last = Date.parse(emptyReport.created) - dayMs / 3;
  const times = Array.from({ length: count }, (_, index) =>
    new Date(last - (count - 1 - index) * dayMs).toISOString(),
  );
  const tables = Array.from({ length: models }, (_, index) =>
    traceModel(nameOf(index), models - index, count),
  );
  const points = times.map((created, index) => ({
    name: `daily-backup-${created.slice(0, 10)}`,
    created,
    rows: tables.reduce((sum, { rows }) => sum + (rows[index] ?? 0), 0),
    bytes: tables.reduce((sum, { bytes }) => sum + Math.round((bytes[index] ?? 0) / 5), 0),
  }));
  const snapshots = points.map(
    (point): ReportSnapshot => ({
      ...point,
      ...{ kinds: ['daily'], verified: point.created, drilled: null, pinned: false, whole: true },
      removedNext: false,
    }),
  );
  const totalBytes = points.reduce((sum, { bytes }) => sum + bytes, 0);
  const newest = points.at(-1)!;
  return {
    ...emptyReport,
    ok: true,
    database: { provider: 'postgresql', host: 'db.example.com:5432', name: 'shop' },
    data: checkedData([]),
    health: {
      ...emptyReport.health,
      status: 'healthy',
      findings: [],
      lastBackup: newest,
      lastVerified: newest,
      nextScheduled: '2026-11-22T02:00:00.000Z',
      totalBytes,
      freeBytes: 40_000_000_000,
    },
    snapshots: snapshots.reverse(),
    held: [
      {
        ...{ kind: 'daily', count, verified: count, bytes: totalBytes },
        ...{ oldest: times[0]!, newest: newest.created },
      },
    ],
    history: { snapshots: points, tables, unread: [] },
    cleanup: {
      status: 'planned',
      policy: defaultPolicy,
      kept: count,
      removed: [],
      freedBytes: 0,
      warnings: [],
    },
  };
}

function nameModel(index: number): string {
  return `Model${String(index + 1).padStart(2, '0')}`;
}

function traceModel(model: string, size: number, count: number): TableHistory {
  const rows = Array.from({ length: count }, (_, index) => size * 100 + index * size);
  return { table: model.toLowerCase(), model, rows, bytes: rows.map((one) => one * 120) };
}

/** Findings of every form that checks give. */
export const exampleFindings: readonly ReportFinding[] = [
  finding({
    check: 'orphan',
    model: 'OrderLine',
    table: 'order_lines',
    field: 'productId',
    count: 1342,
    samples: ['orderId=3, lineNumber=1, productId=7', 'orderId=18, lineNumber=2, productId=7'],
    message: '1,342 rows of OrderLine point to a Product that does not exist',
    hint: 'Bring the parents back with holdfast restore --only Product, or delete the rows',
    sql: 'SELECT c.*\nFROM "order_lines" AS c\nLEFT JOIN "products" AS p ON p."id" = c."product_id"\nWHERE c."product_id" IS NOT NULL AND p."id" IS NULL',
  }),
  finding({
    check: 'rule',
    model: 'Order',
    table: 'orders',
    field: 'total',
    count: 3,
    samples: ['id=12: 99.90 against 89.90'],
    message: '3 rows of Order break the rule “total is the sum of its lines”',
    hint: 'Look at the rows and correct what is wrong',
    sql: 'SELECT * FROM "orders" WHERE "id" IN (12, 14, 99)',
    rule: 'Order.total = sum(lines.quantity * lines.unitPrice)',
  }),
  finding({
    check: 'enum',
    model: 'Order',
    table: 'orders',
    field: 'status',
    count: 5,
    samples: ['id=400: LOST', 'id=800: LOST'],
    message: '5 rows of Order have a status that the schema does not know',
    hint: 'Add the value to the enum, or correct the rows',
    sql: `SELECT * FROM "orders" WHERE "status" NOT IN ('PLACED', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED')`,
  }),
  finding({
    check: 'future',
    severity: 'warning',
    model: 'Order',
    table: 'orders',
    field: 'placedAt',
    samples: ['id=12: 2031-01-01T00:00:00.000+00:00'],
    message: '1 row of Order has a placedAt in the future',
    hint: 'Correct the row, or turn the check off for this field',
    sql: `SELECT * FROM "orders" WHERE "placed_at" > '2026-11-21T08:00:00.000+00:00'`,
  }),
  finding({
    check: 'drift',
    severity: 'warning',
    table: 'audit',
    message: 'The table audit is in the database and in no model',
    hint: 'npx prisma db pull shows the difference',
  }),
];
