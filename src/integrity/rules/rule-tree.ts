import type { ComparisonOperator } from '../../ports/check-query.ts';

/** Where in the text of the rule something stands. */
export interface Span {
  readonly at: number;
  readonly end: number;
}

export interface Name extends Span {
  readonly name: string;
}

export type AggregateName = 'sum' | 'count' | 'min' | 'max';

export type RuleValue = Span &
  (
    | { readonly is: 'number'; readonly digits: string }
    | { readonly is: 'text'; readonly text: string }
    | { readonly is: 'boolean'; readonly value: boolean }
    | { readonly is: 'now' }
    | { readonly is: 'path'; readonly names: readonly Name[] }
    | {
        readonly is: 'arithmetic';
        readonly operator: '+' | '-' | '*';
        readonly left: RuleValue;
        readonly right: RuleValue;
      }
    | {
        readonly is: 'aggregate';
        readonly function: AggregateName;
        readonly value: RuleValue;
        readonly where: RuleCondition | null;
      }
  );

export type RuleCondition = Span &
  (
    | {
        readonly is: 'comparison';
        readonly operator: ComparisonOperator;
        readonly left: RuleValue;
        readonly right: RuleValue;
      }
    | { readonly is: 'null'; readonly value: RuleValue; readonly isNegated: boolean }
    | {
        readonly is: 'in';
        readonly value: RuleValue;
        readonly options: readonly RuleValue[];
        readonly isNegated: boolean;
      }
    | { readonly is: 'not'; readonly condition: RuleCondition }
    | { readonly is: 'and' | 'or'; readonly left: RuleCondition; readonly right: RuleCondition }
  );

export interface ParsedRule {
  /** The model that the text begins with, as `Order: …`; null where it does not. */
  readonly model: Name | null;
  readonly condition: RuleCondition;
  readonly where: RuleCondition | null;
  /** Decimal digits. */
  readonly tolerance: string | null;
}
