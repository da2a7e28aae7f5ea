import type { CheckQuery, Condition, Expression, Link } from '../ports/check-query.ts';
import { type TableName, tableId } from '../snapshot/table.ts';

/** The columns that queries look at, by `tableId`; a table is there even when only its rows count. */
export type NeededColumns = ReadonlyMap<string, ReadonlySet<string>>;

export function findNeededColumns(queries: readonly CheckQuery[]): NeededColumns {
  const needed = new Map<string, Set<string>>();
  const visitor = new Visitor(needed);
  for (const query of queries) visitor.query(query);
  return needed;
}

class Visitor {
  readonly #needed: Map<string, Set<string>>;

  constructor(needed: Map<string, Set<string>>) {
    this.#needed = needed;
  }

  query(query: CheckQuery): void {
    this.#add(query.table, []);
    if (query.is === 'duplicates') {
      this.#add(
        query.table,
        query.columns.map(({ column }) => column),
      );
    }
    if (query.is !== 'rows') return;
    this.#condition(query.table, query.where);
    for (const { value } of query.show) this.#expression(query.table, value);
  }

  #condition(table: TableName, condition: Condition): void {
    switch (condition.is) {
      case 'comparison':
        this.#expression(table, condition.left);
        this.#expression(table, condition.right);
        return;
      case 'null':
      case 'one of':
        this.#expression(table, condition.value);
        return;
      case 'blank':
      case 'longer':
      case 'mistyped':
        this.#add(table, [condition.column]);
        return;
      case 'orphan':
        this.#link(table, condition.link);
        return;
      case 'not':
        this.#condition(table, condition.condition);
        return;
      case 'and':
      case 'or':
        for (const one of condition.conditions) this.#condition(table, one);
    }
  }

  #expression(table: TableName, expression: Expression): void {
    switch (expression.is) {
      case 'column':
        this.#add(table, [expression.column]);
        return;
      case 'arithmetic':
        this.#expression(table, expression.left);
        this.#expression(table, expression.right);
        return;
      case 'parent':
        this.#link(table, expression.link);
        this.#expression(expression.link.table, expression.value);
        return;
      case 'aggregate': {
        const { link, value, where } = expression;
        this.#link(table, link);
        if (value !== null) this.#expression(link.table, value);
        if (where !== null) this.#condition(link.table, where);
        return;
      }
      case 'constant':
    }
  }

  #link(table: TableName, link: Link): void {
    this.#add(table, link.columns);
    this.#add(link.table, link.theirColumns);
  }

  #add({ schema, name }: TableName, columns: readonly string[]): void {
    const id = tableId({ schema, name });
    const known = this.#needed.get(id) ?? new Set();
    for (const column of columns) known.add(column);
    this.#needed.set(id, known);
  }
}
