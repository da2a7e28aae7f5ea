import { InternalError } from '../errors.ts';
import type {
  CheckQuery,
  Condition,
  DuplicatesQuery,
  Expression,
  Link,
  RowsQuery,
  ValueKind,
} from '../ports/check-query.ts';
import type { TableName } from '../snapshot/table.ts';
import type { CheckDialect, Operand } from './check-dialect.ts';

/** How many rows the statement for a person shows. */
const shownRows = 100;

export interface CheckStatements {
  /** One row with one number. */
  readonly count: string;
  /** Texts for people, at most so many rows. */
  readonly samples: (limit: number) => string;
  /** For a person to run: the rows themselves. */
  readonly rows: string;
}

/** The statements of a query in the engine's own SQL. */
export function compileCheck(query: CheckQuery, dialect: CheckDialect): CheckStatements {
  if (query.is === 'duplicates') return compileDuplicates(query, dialect);
  if (query.is === 'rows') return compileRows(query, dialect);
  const from = `FROM ${dialect.from(query.table)} AS c`;
  const count = `SELECT count(*) ${withWhere(from, [dialect.guard(query.table, 'c')])}`;
  return { count, samples: () => count, rows: `SELECT * ${from} LIMIT ${shownRows}` };
}

function compileRows({ table, where, show }: RowsQuery, dialect: CheckDialect): CheckStatements {
  const scope = new Scope(dialect, table, 'c');
  const condition = scope.condition(where);
  const columns = show.map(({ value }) => scope.shown(value));
  const rest = scope.from([condition]);
  const samples = columns.map((column) => dialect.sample(column)).join(', ');
  return {
    count: `SELECT count(*) ${rest}`,
    samples: (limit) => `SELECT ${samples || '1'} ${rest} LIMIT ${limit}`,
    rows: `SELECT ${columns.join(', ') || '*'} ${rest} LIMIT ${shownRows}`,
  };
}

function compileDuplicates(
  { table, columns, ignoreCase }: DuplicatesQuery,
  dialect: CheckDialect,
): CheckStatements {
  const scope = new Scope(dialect, table, 'c');
  const plain = columns.map(({ column }) => scope.column(column));
  const keys = columns.map(({ kind }, index) => dialect.groupKey(plain[index]!, kind, ignoreCase));
  const isSet = plain.map((column) => `${column} IS NOT NULL`);
  const rest = `${scope.from(isSet)} GROUP BY ${keys.join(', ')} HAVING count(*) > 1`;
  const samples = [...keys, 'count(*)'].map((value) => dialect.sample(value)).join(', ');
  return {
    count: `SELECT count(*) FROM (SELECT 1 AS one ${rest}) AS repeated`,
    samples: (limit) => `SELECT ${samples} ${rest} LIMIT ${limit}`,
    rows: `SELECT ${[...keys, 'count(*)'].join(', ')} ${rest} LIMIT ${shownRows}`,
  };
}

/** The rows of one FROM clause, with what has to be joined to them. */
class Scope {
  readonly #dialect: CheckDialect;
  readonly #table: TableName;
  readonly #alias: string;
  readonly #joins: string[] = [];
  /** What is joined already: a value that is asked for twice is made once. */
  readonly #joined = new Map<string, Operand>();
  readonly #counter: { next: number };

  constructor(dialect: CheckDialect, table: TableName, alias: string, counter = { next: 1 }) {
    this.#dialect = dialect;
    this.#table = table;
    this.#alias = alias;
    this.#counter = counter;
  }

  /** From `FROM` on; null conditions are left out. */
  from(conditions: readonly string[]): string {
    const source = `FROM ${this.#dialect.from(this.#table)} AS ${this.#alias}`;
    return withWhere([source, ...this.#joins].join(' '), [
      this.#dialect.guard(this.#table, this.#alias),
      ...conditions,
    ]);
  }

  column(name: string): string {
    return `${this.#alias}.${this.#dialect.quoteName(name)}`;
  }

  /** A value as it is stored, where it is. */
  shown(value: Expression): string {
    return value.is === 'column' ? this.column(value.column) : this.#operand(value).sql;
  }

  condition(condition: Condition): string {
    const dialect = this.#dialect;
    switch (condition.is) {
      case 'comparison':
        return this.#comparison(condition);
      case 'null':
        return `(${this.#operand(condition.value).sql} IS NULL)`;
      case 'blank':
        return dialect.isBlank(this.column(condition.column));
      case 'longer':
        return dialect.isLonger(this.column(condition.column), condition.characters);
      case 'mistyped': {
        const column = this.column(condition.column);
        const test = dialect.isMistyped(column, condition.type);
        return test === null ? '(1 = 0)' : `(${column} IS NOT NULL AND ${test})`;
      }
      case 'one of':
        return dialect.isOneOf(this.#operand(condition.value).sql, condition.texts);
      case 'orphan':
        return this.#orphan(condition.link);
      case 'not':
        return `NOT ${this.condition(condition.condition)}`;
      case 'and':
      case 'or':
        return `(${condition.conditions.map((one) => this.condition(one)).join(condition.is === 'and' ? ' AND ' : ' OR ')})`;
    }
  }

  #comparison({ operator, left, right, tolerance }: Extract<Condition, { is: 'comparison' }>): string {
    const dialect = this.#dialect;
    const [a, b] = [this.#operand(left), this.#operand(right)];
    if (tolerance === null) return dialect.compare(operator, a, b);
    const limit = {
      sql: dialect.constant('decimal', tolerance),
      kind: 'decimal',
      number: tolerance,
    } as const;
    return dialect.compare(operator === '=' ? '<=' : '>', dialect.distance(a, b), limit);
  }

  #operand(expression: Expression): Operand {
    const dialect = this.#dialect;
    switch (expression.is) {
      case 'column': {
        const { kind } = expression;
        return { sql: dialect.value(this.column(expression.column), kind), kind, number: null };
      }
      case 'constant': {
        const { kind, value } = expression;
        return { sql: dialect.constant(kind, value), kind, number: kind === 'decimal' ? value : null };
      }
      case 'arithmetic': {
        const [left, right] = [this.#operand(expression.left), this.#operand(expression.right)];
        return { sql: dialect.arithmetic(expression.operator, left, right), kind: 'decimal', number: null };
      }
      case 'parent':
      case 'aggregate':
        return this.#join(expression);
    }
  }

  #join(expression: Extract<Expression, { is: 'parent' | 'aggregate' }>): Operand {
    const id = JSON.stringify(expression);
    const known = this.#joined.get(id);
    if (known !== undefined) return known;
    const operand = expression.is === 'parent' ? this.#parent(expression) : this.#aggregate(expression);
    this.#joined.set(id, operand);
    return operand;
  }

  #parent({ link, value }: Extract<Expression, { is: 'parent' }>): Operand {
    const parent = this.#inner(link.table, 'p');
    const operand = parent.#operand(value);
    this.#joins.push(this.#joinParent(parent, link), ...parent.#joins);
    return operand;
  }

  #aggregate({ function: name, link, value, where }: Extract<Expression, { is: 'aggregate' }>): Operand {
    const dialect = this.#dialect;
    const rows = this.#inner(link.table, 'r');
    const operand = value === null ? null : rows.#operand(value);
    const conditions = where === null ? [] : [rows.condition(where)];
    const keys = link.theirColumns.map((column) => rows.column(column));
    const total = totalSql(dialect, name, operand);
    const group = `g${this.#counter.next++}`;
    const columns = keys.map((key, index) => `${key} AS k${index}`);
    const isSet = keys.map((key) => `${key} IS NOT NULL`);
    const rest = `${rows.from([...isSet, ...conditions])} GROUP BY ${keys.join(', ')}`;
    const pairs = link.columns.map((column, index) =>
      dialect.sameKey(this.column(column), `${group}.k${index}`, {
        table: link.table,
        column: link.theirColumns[index]!,
      }),
    );
    this.#joins.push(
      `LEFT JOIN (SELECT ${[...columns, `${total} AS v`].join(', ')} ${rest}) AS ${group} ON ${pairs.join(' AND ')}`,
    );
    const isTotal = name === 'sum' || name === 'count';
    return {
      sql: isTotal ? `coalesce(${group}.v, 0)` : `${group}.v`,
      kind: isTotal ? 'decimal' : aggregatedKind(operand),
      number: null,
    };
  }

  #orphan(link: Link): string {
    const parent = this.#inner(link.table, 'p');
    this.#joins.push(this.#joinParent(parent, link));
    const isSet = link.columns.map((column) => `${this.column(column)} IS NOT NULL`);
    return `(${[...isSet, `${parent.column(link.theirColumns[0]!)} IS NULL`].join(' AND ')})`;
  }

  #joinParent(parent: Scope, link: Link): string {
    const pairs = link.columns.map((column, index) => this.#same(column, parent, link, index));
    const guard = this.#dialect.guard(link.table, parent.#alias);
    // In front: a row that does not match takes its time, too.
    const conditions = guard === null ? pairs : [guard, ...pairs];
    return `LEFT JOIN ${this.#dialect.from(link.table)} AS ${parent.#alias} ON ${conditions.join(' AND ')}`;
  }

  #same(column: string, other: Scope, link: Link, index: number): string {
    const theirs = link.theirColumns[index]!;
    return this.#dialect.sameKey(this.column(column), other.column(theirs), {
      table: link.table,
      column: theirs,
    });
  }

  #inner(table: TableName, letter: string): Scope {
    return new Scope(this.#dialect, table, `${letter}${this.#counter.next++}`, this.#counter);
  }
}

function totalSql(
  dialect: CheckDialect,
  name: 'sum' | 'count' | 'min' | 'max',
  value: Operand | null,
): string {
  if (name === 'count') return value === null ? 'count(*)' : `count(${value.sql})`;
  if (value === null) throw new InternalError(`${name} of nothing`);
  return dialect.aggregate(name, value);
}

function aggregatedKind(operand: Operand | null): ValueKind {
  return operand?.kind ?? 'other';
}

function withWhere(source: string, conditions: readonly (string | null)[]): string {
  const given = conditions.filter((condition) => condition !== null);
  return given.length === 0 ? source : `${source} WHERE ${given.join(' AND ')}`;
}

/** Whether values of the kind are numbers. */
export function isNumber(kind: ValueKind): boolean {
  return kind === 'integer' || kind === 'decimal' || kind === 'real';
}
