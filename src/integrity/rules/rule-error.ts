import { AppError } from '../../errors.ts';
import { closestName } from '../../util/closest-name.ts';

/** Something in a rule that cannot be understood; `at` and `end` say where in its text. */
export class RuleFault extends Error {
  readonly at: number;
  readonly end: number;

  constructor(message: string, at: number, end = at + 1) {
    super(message);
    this.at = at;
    this.end = Math.max(end, at + 1);
  }
}

/** A name that does not exist, with the one that may be meant, else with those that there are. */
export function unknownName(
  what: string,
  { name, at }: { readonly name: string; readonly at: number },
  known: readonly string[],
): RuleFault {
  const meant = closestName(name, known);
  const listed =
    known.length === 0 ? '' : `; there are ${known.slice(0, 12).join(', ')}${known.length > 12 ? ' …' : ''}`;
  const advice = meant === null ? listed : `; did you mean '${meant}'?`;
  return new RuleFault(`${what} '${name}'${advice}`, at, at + name.length);
}

/** The fault for the operator: the rule, a caret under the place, and the reason. */
export function ruleError(fault: RuleFault, { rule, place }: { rule: string; place: string }): AppError {
  const text = rule.replace(/\s/g, ' ');
  const marks = `${' '.repeat(fault.at)}${'^'.repeat(Math.max(1, Math.min(fault.end, text.length + 1) - fault.at))}`;
  return new AppError('RULE.SYNTAX', `Cannot understand ${place}: ${fault.message}\n  ${text}\n  ${marks}`, {
    hint: 'docs/CLI-integrity.md describes the language of rules',
  });
}
