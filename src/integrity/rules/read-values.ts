import type { Condition, Expression, ValueKind } from '../../ports/check-query.ts';
import { parseInstantText } from '../../util/instant-text.ts';
import type { DataFacts } from '../data-facts.ts';
import {
  type ResolvedField,
  type ResolvedList,
  type RuleScope,
  resolveField,
  resolveList,
} from './resolve-path.ts';
import { RuleFault, unknownName } from './rule-error.ts';
import type { Name, RuleCondition, RuleValue } from './rule-tree.ts';
import { pathsOf } from './rule-walk.ts';

/** A value of a rule, and what kind of thing it is to the one who compares it. */
interface TypedValue {
  readonly expression: Expression;
  readonly kind: 'number' | 'text' | 'instant' | 'boolean' | 'other';
  readonly field: ResolvedField | null;
}

/** `Order.total` within a rule about Order is `total`. */
export function withoutModel({ model }: RuleScope, names: readonly Name[]): readonly Name[] {
  const [first] = names;
  const isField = model.fields.some(({ name }) => name === first?.name);
  return names.length > 1 && first!.name === model.name && !isField ? names.slice(1) : names;
}

/** Reads conditions and values about one model; inside an aggregate, about the rows of its list. */
export class ScopeReader {
  readonly #facts: DataFacts;
  readonly #scope: RuleScope;
  readonly #list: { readonly name: string; readonly resolved: ResolvedList } | null;

  constructor(
    facts: DataFacts,
    scope: RuleScope,
    list: { readonly name: string; readonly resolved: ResolvedList } | null,
  ) {
    this.#facts = facts;
    this.#scope = scope;
    this.#list = list;
  }

  condition(condition: RuleCondition, tolerance: string | null): Condition {
    switch (condition.is) {
      case 'comparison':
        return this.#comparison(condition, tolerance);
      case 'null': {
        const test: Condition = { is: 'null', value: this.value(condition.value).expression };
        return condition.isNegated ? { is: 'not', condition: test } : test;
      }
      case 'in': {
        const options = condition.options.map((option) =>
          this.#comparison(
            { ...condition, is: 'comparison', operator: '=', left: condition.value, right: option },
            null,
          ),
        );
        const test: Condition = { is: 'or', conditions: options };
        return condition.isNegated ? { is: 'not', condition: test } : test;
      }
      case 'not':
        return { is: 'not', condition: this.condition(condition.condition, tolerance) };
      case 'and':
      case 'or':
        return {
          is: condition.is,
          conditions: [this.condition(condition.left, tolerance), this.condition(condition.right, tolerance)],
        };
    }
  }

  #comparison(
    { operator, left, right }: Extract<RuleCondition, { is: 'comparison' }>,
    tolerance: string | null,
  ): Condition {
    const [a, b] = [this.value(left), this.value(right)];
    const [first, second] = [adapt(a, b, left), adapt(b, a, right)];
    if (first.kind !== second.kind) {
      throw new RuleFault(
        `${wordFor(first)} cannot be compared with ${wordFor(second)}`,
        right.at,
        right.end,
      );
    }
    const hasOrder = first.kind === 'number' || first.kind === 'instant';
    if (!hasOrder && operator !== '=' && operator !== '<>') {
      throw new RuleFault(`${wordFor(first)} can only be equal or not`, left.at, left.end);
    }
    const isNear = tolerance !== null && first.kind === 'number' && (operator === '=' || operator === '<>');
    return {
      is: 'comparison',
      operator,
      left: first.expression,
      right: second.expression,
      tolerance: isNear ? tolerance : null,
    };
  }

  value(value: RuleValue): TypedValue {
    switch (value.is) {
      case 'number':
        return constant('decimal', value.digits, 'number');
      case 'text':
        return constant('text', value.text, 'text');
      case 'boolean':
        return constant('boolean', String(value.value), 'boolean');
      case 'now':
        return constant('instant', this.#facts.now.toISOString(), 'instant');
      case 'path':
        return this.#path(value.names);
      case 'arithmetic': {
        const [left, right] = [this.#number(value.left), this.#number(value.right)];
        const { operator } = value;
        return { expression: { is: 'arithmetic', operator, left, right }, kind: 'number', field: null };
      }
      case 'aggregate':
        return this.#aggregate(value);
    }
  }

  #number(value: RuleValue): Expression {
    const { expression, kind, field } = this.value(value);
    if (kind === 'number') return expression;
    const word = wordFor({ expression, kind, field });
    throw new RuleFault(`only numbers can be added or multiplied, and this is ${word}`, value.at, value.end);
  }

  #path(names: readonly Name[]): TypedValue {
    const own = withoutModel(this.#scope, names);
    if (this.#list === null) return typed(resolveField(this.#scope, own));
    const [first, ...rest] = own;
    const { name, resolved } = this.#list;
    if (first!.name !== name) {
      throw new RuleFault(`inside of the brackets every field begins with '${name}.'`, first!.at, first!.end);
    }
    if (rest.length === 0) throw new RuleFault(`name a field of '${name}'`, first!.at, first!.end);
    const found = typed(resolveField(resolved.scope, rest));
    return { ...found, expression: resolved.seenFrom(found.expression) };
  }

  #aggregate(value: Extract<RuleValue, { is: 'aggregate' }>): TypedValue {
    if (this.#list !== null) {
      throw new RuleFault(`${value.function}(…) cannot stand inside another one`, value.at, value.end);
    }
    const first = pathsOf(value.value)[0];
    if (first === undefined) {
      throw new RuleFault(`${value.function}(…) needs a list of rows`, value.value.at, value.value.end);
    }
    const [name, ...rest] = withoutModel(this.#scope, first.names);
    const resolved = resolveList(this.#scope, name!);
    const inner = new ScopeReader(this.#facts, this.#scope, { name: name!.name, resolved });
    const isWhole = value.function === 'count' && value.value.is === 'path' && rest.length === 0;
    const each = isWhole ? null : inner.value(value.value);
    const isTotal = value.function === 'sum' || value.function === 'count';
    if (
      each !== null &&
      each.kind !== 'number' &&
      !(value.function === 'count' || (each.kind === 'instant' && !isTotal))
    ) {
      throw new RuleFault(
        `${value.function}(…) needs numbers, and this is ${wordFor(each)}`,
        value.value.at,
        value.value.end,
      );
    }
    return {
      expression: {
        is: 'aggregate',
        function: value.function,
        link: resolved.link,
        value: each?.expression ?? null,
        where: value.where === null ? null : inner.condition(value.where, null),
      },
      kind: isTotal ? 'number' : each!.kind,
      field: null,
    };
  }
}

function constant(
  kind: Extract<Expression, { is: 'constant' }>['kind'],
  value: string,
  type: TypedValue['kind'],
): TypedValue {
  return { expression: { is: 'constant', kind, value }, kind: type, field: null };
}

const types: Readonly<Record<ValueKind, TypedValue['kind']>> = {
  integer: 'number',
  decimal: 'number',
  real: 'number',
  text: 'text',
  instant: 'instant',
  boolean: 'boolean',
  other: 'other',
};

function typed(field: ResolvedField): TypedValue {
  const { expression } = field;
  return { expression, kind: types[kindAt(expression)], field };
}

function kindAt(expression: Expression): ValueKind {
  if (expression.is === 'parent') return kindAt(expression.value);
  return expression.is === 'column' || expression.is === 'constant' ? expression.kind : 'decimal';
}

/** A text beside an instant is one, and beside an enumeration the label that the database stores. */
function adapt(value: TypedValue, other: TypedValue, { at, end }: RuleValue): TypedValue {
  const { expression } = value;
  if (expression.is !== 'constant' || expression.kind !== 'text') return value;
  if (other.kind === 'instant') {
    const micros = parseInstantText(expression.value);
    if (micros === null) throw new RuleFault("this is no date; write one as '2026-01-31'", at, end);
    return constant('instant', new Date(Number(micros / 1000n)).toISOString(), 'instant');
  }
  const known = other.field?.enumeration ?? null;
  if (known === null) return value;
  const found = known.values.find(
    ({ name, label }) => name === expression.value || label === expression.value,
  );
  if (found !== undefined) return constant('text', found.label, 'text');
  const names = known.values.map(({ name }) => name);
  throw unknownName(`${known.name} has no value`, { name: expression.value, at: at + 1 }, names);
}

function wordFor({ kind, field }: TypedValue): string {
  const words = { number: 'a number', text: 'a text', instant: 'a date', boolean: 'true or false' };
  return kind === 'other' ? `a value of type ${field?.field.type ?? 'another kind'}` : words[kind];
}
