import { checkDuplicates } from './builtin/duplicates.ts';
import { checkFieldValues } from './builtin/field-values.ts';
import { checkNextIds } from './builtin/next-ids.ts';
import { checkOrphans } from './builtin/orphans.ts';
import type { Check } from './check.ts';
import type { DataFacts } from './data-facts.ts';
import { checkRules } from './rules/resolve-rule.ts';

/**
 * Every question that the data can be asked: the built-in ones, then the business rules.
 *
 * @throws AppError RULE.SYNTAX
 */
export function planChecks(facts: DataFacts): Check[] {
  return [
    ...checkOrphans(facts),
    ...checkDuplicates(facts),
    ...checkFieldValues(facts),
    ...checkNextIds(facts),
    ...checkRules(facts),
  ];
}
