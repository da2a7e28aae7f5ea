import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { type DataFacts, tablesOfCatalogue } from '../../../src/integrity/data-facts.ts';
import { checkRules } from '../../../src/integrity/rules/resolve-rule.ts';
import { parsePrismaSchema } from '../../../src/schema/parse-prisma-schema.ts';
import type { ColumnDefinition, TableDefinition } from '../../../src/snapshot/table.ts';

const schema = await parsePrismaSchema([
  {
    path: 'schema.prisma',
    text: `
      datasource db {
        provider = "sqlite"
      }
      enum Status {
        OPEN
        DONE @map("done")
      }
      model Customer {
        id     Int     @id
        name   String
        limit  Decimal
        orders Order[]
        groups Group[]
      }
      model Group {
        id        Int @id
        rank      Int
        customers Customer[]
      }
      model Order {
        id         Int      @id
        status     Status
        total      Decimal
        note       String?
        isPaid     Boolean
        openedAt   DateTime
        closedAt   DateTime?
        data       Json?
        customerId Int
        customer   Customer @relation(fields: [customerId], references: [id])
        lines      Line[]
      }
      model Line {
        id       Int     @id
        quantity Int
        price    Decimal
        at       DateTime
        orderId  Int
        order    Order   @relation(fields: [orderId], references: [id])
      }
      model Missing {
        id Int @id
      }`,
  },
]);

const facts: DataFacts = {
  tables: tablesOfCatalogue(
    {
      tables: [
        ...schema.models
          .filter(({ name }) => name !== 'Missing')
          .map((model) =>
            tableWith(
              model.table.name,
              model.fields.flatMap(({ column }) => column ?? []),
            ),
          ),
        tableWith('_CustomerToGroup', ['A', 'B']),
      ],
    } as never,
    { schema, defaultSchema: 'public' },
  ),
  schema,
  defaultSchema: 'public',
  foreignKeys: null,
  sequences: [],
  isPartial: false,
  now: new Date('2026-01-02T03:04:05Z'),
  settings: { checks: {}, earliest: '', latest: '', caseInsensitive: false, rules: [] },
};

function tableWith(name: string, columns: readonly string[]): TableDefinition {
  const definition = {
    type: '',
    encoding: 'cell',
    nullable: false,
    generated: false,
    hasDefault: false,
  } as const;
  return {
    schema: null,
    name,
    columns: columns.map(
      (column): ColumnDefinition => ({ ...definition, name: column, comparison: 'exact' }),
    ),
    key: ['id'],
    uniques: [],
    estimatedRows: 0,
  };
}

function resolve(rule: string, model: string | null = null) {
  const declared = {
    rule,
    model,
    name: null,
    tolerance: null,
    severity: 'error',
    place: 'rules[0] in x.json',
  } as const;
  return checkRules({ ...facts, settings: { ...facts.settings, rules: [declared] } })[0]!;
}

describe('a rule about a schema', () => {
  it.each([
    ['Order.total >= 0', 'Order', ['total']],
    ['total >= 0', 'Order', ['total']],
    ['Order.closedAt >= openedAt', 'Order', ['closedAt', 'openedAt']],
    ['Order: closedAt >= openedAt', 'Order', ['closedAt', 'openedAt']],
    ['Order.total = sum(lines.quantity * lines.price)', 'Order', ['total']],
    ['Order.total <= customer.limit', 'Order', ['total']],
    ['Customer.limit >= max(orders.total where orders.isPaid = false)', 'Customer', ['limit']],
    ['Customer: sum(groups.rank) < 10', 'Customer', []],
    ["Order.status = 'DONE' where closedAt is not null", 'Order', ['status', 'closedAt']],
    ["Order.openedAt <= now() and Order.openedAt > '2020-01-31'", 'Order', ['openedAt']],
    ['Order: max(lines.at) <= closedAt', 'Order', ['closedAt']],
    ["Order.status in ('OPEN', 'done')", 'Order', ['status']],
  ])('is about a model and its fields: %s', (rule, model, fields) => {
    const check = resolve(rule, rule.startsWith('total') ? 'Order' : null);
    expect([check.model, check.fields, check.rule]).toEqual([model, fields, rule]);
  });

  it('stores the label of an enumeration, whichever name it was given', () => {
    for (const name of ['DONE', 'done']) {
      expect(JSON.stringify(resolve(`Order.status = '${name}'`).query)).toContain('"value":"done"');
    }
  });

  it.each([
    ['total >= 0', 'which model is this about? Write for example Order.total', 'total'],
    ['Orders.total >= 0', "there is no model 'Orders'; did you mean 'Order'?", 'Orders'],
    ['Order.totl >= 0', "Order has no field 'totl'; did you mean 'total'?", 'totl'],
    ['Order.total = sum(line.quantity)', "Order has no field 'line'; did you mean 'lines'?", 'line'],
    ['Order.total = sum(lines.quantty)', "Line has no field 'quantty'; did you mean 'quantity'?", 'quantty'],
    ['Order.total = lines.quantity', 'leads to many rows', 'lines'],
    ['Order.total = sum(customer.limit)', 'is no list of rows; lists of Order are lines', 'customer'],
    ['Order.total = sum(lines.quantity * total)', "every field begins with 'lines.'", 'total'],
    ['Order.customer = 1', 'is a relation, name a field of it: customer.id', 'customer'],
    ['Order.total.cents = 1', 'has no fields of its own', 'cents'],
    ["Order.total = 'ten'", 'a number cannot be compared with a text', "'ten'"],
    ["Order.status = 'LOST'", "Status has no value 'LOST'", 'LOST'],
    ["Order.openedAt > 'soon'", 'this is no date', "'soon'"],
    ["Order.note < 'x'", 'a text can only be equal or not', 'Order.note'],
    ['Order.note + 1 = 2', 'only numbers can be added', 'Order.note'],
    ['Order.total = sum(lines.at)', 'needs numbers', 'lines.at'],
    ['Order.total = sum(sum(lines.price))', 'cannot stand inside another one', 'sum(lines.price)'],
    ['Order.total = sum(1)', 'needs a list of rows', '1'],
    ['Missing.id > 0', 'there is no table Missing', 'Missing'],
  ])('with a fault shows the rule, with a mark under the place: %s', (rule, message, marked) => {
    const error = errorOf(() => resolve(rule));
    const [first, text, marks] = error.message.split('\n');
    expect(error.code).toBe('RULE.SYNTAX');
    expect(first).toMatch(/^Cannot understand rules\[0\] in x\.json: /);
    expect(first).toContain(message);
    expect(text).toBe(`  ${rule}`);
    expect(rule.slice(marks!.indexOf('^') - 2, marks!.lastIndexOf('^') - 1)).toBe(marked);
  });
});

function errorOf(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('no error');
}
