import type { Condition, ShownValue } from '../../ports/check-query.ts';
import type { DeclaredRule } from '../../ports/check-settings.ts';
import { countOf } from '../../util/bytes.ts';
import { type Check, rowsWhere } from '../check.ts';
import { type DataFacts, nameOf } from '../data-facts.ts';
import { parseRule } from './parse-rule.ts';
import { ScopeReader, withoutModel } from './read-values.ts';
import { openScope, type RuleScope } from './resolve-path.ts';
import { RuleFault, ruleError, unknownName } from './rule-error.ts';
import type { Name, ParsedRule, RuleCondition } from './rule-tree.ts';
import { pathsOf } from './rule-walk.ts';

/**
 * The business rules as checks. A rule is broken by rows for which it is false; where NULL makes it neither true nor
 * false, as in SQL, it is not broken.
 *
 * @throws AppError RULE.SYNTAX with the rule and the place in it, for the first that cannot be understood
 */
export function checkRules(facts: DataFacts): Check[] {
  return facts.settings.rules.map((declared) => {
    try {
      return new RuleReader(facts, declared).check();
    } catch (error) {
      if (error instanceof RuleFault) throw ruleError(error, declared);
      throw error;
    }
  });
}

class RuleReader {
  readonly #facts: DataFacts;
  readonly #declared: DeclaredRule;

  constructor(facts: DataFacts, declared: DeclaredRule) {
    this.#facts = facts;
    this.#declared = declared;
  }

  check(): Check {
    const { rule, severity, name, tolerance } = this.#declared;
    const parsed = parseRule(rule);
    const scope = this.#openModel(parsed);
    const near = parsed.tolerance ?? tolerance;
    const holds = this.#condition(scope, parsed.condition, near);
    const broken: Condition = { is: 'not', condition: holds };
    const where = parsed.where === null ? [] : [this.#condition(scope, parsed.where, null)];
    const { model, table } = scope;
    const fields = this.#ownFields(scope, parsed);
    const query = rowsWhere(
      table,
      fields.map(({ column }) => column),
      where.length === 0 ? broken : { is: 'and', conditions: [...where, broken] },
    );
    const title = name === null ? rule.trim() : `${name}: ${rule.trim()}`;
    return {
      name: 'rule',
      severity,
      model: model.name,
      table: { schema: table.schema, name: table.name },
      fields: fields.map(({ field }) => field),
      query: { ...query, show: [...query.show, ...this.#totals(scope, parsed.condition)] },
      message: (count) =>
        `${countOf(count, 'row')} of ${nameOf(table)} ${count === 1 ? 'breaks' : 'break'} the rule ${JSON.stringify(title)}`,
      hint: null,
      rule: rule.trim(),
    };
  }

  /** The model that the text begins with, that the settings name, or that the first path begins with. */
  #openModel(parsed: ParsedRule): RuleScope {
    const { schema } = this.#facts;
    if (schema === null) throw new RuleFault('rules need the Prisma schema, and there is none', 0);
    const { model } = this.#declared;
    const given = parsed.model ?? (model === null ? null : { name: model, at: 0, end: 1 });
    if (given !== null) return openScope(this.#facts, schema, given);
    const paths = pathsOf(parsed.condition);
    const isModel = ({ name }: Name): boolean => schema.models.some((one) => one.name === name);
    const first = paths.find(({ names }) => names.length > 1 && isModel(names[0]!));
    if (first !== undefined) return openScope(this.#facts, schema, first.names[0]!);
    const start = paths[0]?.names[0] ?? { name: '', at: 0, end: 1 };
    const owners = schema.models.filter((one) => one.fields.some(({ name }) => name === start.name));
    if (paths[0] !== undefined && paths[0].names.length > 1 && owners.length === 0) {
      throw unknownName(
        'there is no model',
        start,
        schema.models.map(({ name }) => name),
      );
    }
    const example = owners[0]?.name ?? schema.models[0]?.name ?? 'Model';
    throw new RuleFault(
      `which model is this about? Write for example ${example}.${start.name || 'field'}`,
      start.at,
      start.end,
    );
  }

  #condition(scope: RuleScope, condition: RuleCondition, tolerance: string | null): Condition {
    return new ScopeReader(this.#facts, scope, null).condition(condition, tolerance);
  }

  /** The fields of the model itself, in the order in which the rule names them. */
  #ownFields(scope: RuleScope, { condition, where }: ParsedRule): { field: string; column: string }[] {
    const paths = [...pathsOf(condition), ...(where === null ? [] : pathsOf(where))];
    const own = paths.flatMap(({ names }) => {
      const rest = withoutModel(scope, names);
      const field = scope.model.fields.find(({ name }) => name === rest[0]?.name);
      return rest.length === 1 && field?.column != null ? { field: field.name, column: field.column } : [];
    });
    return [...new Map(own.map((one) => [one.field, one])).values()];
  }

  /** What a sample tells beside the fields: each side of the rule that is more than a field. */
  #totals(scope: RuleScope, condition: RuleCondition): ShownValue[] {
    if (condition.is !== 'comparison') return [];
    const reader = new ScopeReader(this.#facts, scope, null);
    return [condition.left, condition.right]
      .filter(({ is }) => is === 'arithmetic' || is === 'aggregate')
      .map((value) => ({
        label: this.#declared.rule.slice(value.at, value.end),
        value: reader.value(value).expression,
      }));
  }
}
