import type { RuleCondition, RuleValue } from './rule-tree.ts';

type Path = Extract<RuleValue, { is: 'path' }>;

/** Every path in it, from left to right. */
export function pathsOf(node: RuleCondition | RuleValue): Path[] {
  switch (node.is) {
    case 'path':
      return [node];
    case 'comparison':
    case 'arithmetic':
    case 'and':
    case 'or':
      return [...pathsOf(node.left), ...pathsOf(node.right)];
    case 'null':
      return pathsOf(node.value);
    case 'in':
      return [node.value, ...node.options].flatMap(pathsOf);
    case 'not':
      return pathsOf(node.condition);
    case 'aggregate':
      return [...pathsOf(node.value), ...(node.where === null ? [] : pathsOf(node.where))];
    default:
      return [];
  }
}
