import { describe, expect, it } from 'vitest';
import { parseRule } from '../../../src/integrity/rules/parse-rule.ts';
import { RuleFault } from '../../../src/integrity/rules/rule-error.ts';
import type { RuleCondition, RuleValue } from '../../../src/integrity/rules/rule-tree.ts';

/** The tree with a bracket around everything. */
function show(node: RuleCondition | RuleValue): string {
  switch (node.is) {
    case 'number':
      return node.digits;
    case 'text':
      return `'${node.text}'`;
    case 'boolean':
      return String(node.value);
    case 'now':
      return 'now()';
    case 'path':
      return node.names.map(({ name }) => name).join('.');
    case 'arithmetic':
    case 'comparison':
      return `(${show(node.left)} ${node.operator} ${show(node.right)})`;
    case 'and':
    case 'or':
      return `(${show(node.left)} ${node.is} ${show(node.right)})`;
    case 'not':
      return `not ${show(node.condition)}`;
    case 'null':
      return `(${show(node.value)} is ${node.isNegated ? 'not ' : ''}null)`;
    case 'in':
      return `(${show(node.value)} ${node.isNegated ? 'not ' : ''}in ${node.options.map(show).join(', ')})`;
    case 'aggregate':
      return `${node.function}(${show(node.value)}${node.where === null ? '' : ` where ${show(node.where)}`})`;
  }
}

describe('a rule', () => {
  it.each([
    ['a = 1', '(a = 1)'],
    ['a != 1', '(a <> 1)'],
    ['a + 2 * b - c >= -1', '(((a + (2 * b)) - c) >= (0 - 1))'],
    ['(a + 2) * b < c', '(((a + 2) * b) < c)'],
    ['(a < 1 or b > 2) and not c = true', '(((a < 1) or (b > 2)) and not (c = true))'],
    ['a < 1 or b > 2 and c = 3', '((a < 1) or ((b > 2) and (c = 3)))'],
    ['not (a = 1)', 'not (a = 1)'],
    ['((a)) = ((1))', '(a = 1)'],
    ["s in ('it''s', \"x\")", "(s in 'it's', 'x')"],
    ["s not in ('A')", "(s not in 'A')"],
    ['a is not null and b is null', '((a is not null) and (b is null))'],
    ['O.total = sum(lines.q * lines.p)', '(O.total = sum((lines.q * lines.p)))'],
    ['count(lines where lines.q is null) = 0', '(count(lines where (lines.q is null)) = 0)'],
    ['min(lines.at) >= now()', '(min(lines.at) >= now())'],
    ['größe > 0', '(größe > 0)'],
    ['min > 0', '(min > 0)'],
  ])('reads %s', (rule, tree) => {
    expect(show(parseRule(rule).condition)).toBe(tree);
  });

  it('may begin with its model, and end with a filter and a tolerance', () => {
    const { model, where, tolerance } = parseRule("Order: a = b where status <> 'OPEN' with tolerance 0.01");
    expect([model?.name, where && show(where), tolerance]).toEqual(['Order', "(status <> 'OPEN')", '0.01']);
  });

  it.each([
    ['', 0, 'ends where a value should stand'],
    ['a', 1, 'expected a comparison'],
    ['a =', 3, 'ends where a value should stand'],
    ['a = 1 b', 6, 'expected the end of the rule'],
    ['a = 1 and', 9, 'ends where a value should stand'],
    ['a / b = 1', 2, 'a quotient is not exact'],
    ['a = 12x', 4, 'no number'],
    ["a = 'x", 4, 'no end'],
    ['a ; b', 2, 'no rule holds the character ";"'],
    ['total = summ(lines.q)', 8, "no function 'summ'; did you mean 'sum'?"],
    ['(a = 1 or b', 11, 'expected a comparison'],
    ['sum(lines.q = 3', 12, "expected ')'"],
    ['a in 1', 5, "expected '('"],
    ['a is 1', 5, "expected 'null'"],
    ['a = b.', 6, 'expected the name of a field'],
    ['a = b with 1', 11, "expected 'tolerance'"],
    ['a = and', 4, "found the word 'and'"],
  ])('with a fault says where: %s', (rule, at, message) => {
    const fault = faultOf(rule);
    expect([fault.message, fault.at]).toEqual([expect.stringContaining(message), at]);
  });

  it('that is nested without end is refused, and quickly', () => {
    expect(faultOf(`${'('.repeat(5000)}a`).message).toContain('nested too deeply');
    expect(faultOf(`${'not '.repeat(5000)}a = 1`).message).toContain('nested too deeply');
    expect(faultOf(`a = ${'-'.repeat(5000)}1`).message).toContain('nested too deeply');
  });
});

function faultOf(rule: string): RuleFault {
  try {
    parseRule(rule);
  } catch (error) {
    if (error instanceof RuleFault) return error;
    throw error;
  }
  throw new Error(`no fault in ${rule}`);
}
