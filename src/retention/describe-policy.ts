import { tiers } from '../snapshot/header.ts';
import { countOf } from '../util/bytes.ts';
import type { RetentionPolicy, Rule } from './policy.ts';

/** A policy for people: `daily 30 days, weekly newest 5, …`. */
export function describePolicy(policy: RetentionPolicy): string {
  const rules = [...tiers, 'manual', 'safety'] as const;
  const most = policy.maxCount === null ? [] : [`at most ${policy.maxCount} automatic ones`];
  return [...rules.map((name) => `${name} ${describeRule(policy[name])}`), ...most].join(', ');
}

function describeRule(rule: Rule | null): string {
  if (rule === null) return 'for ever';
  return 'days' in rule ? countOf(rule.days, 'day') : `newest ${rule.count}`;
}
