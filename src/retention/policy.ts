import { type Tier, tiers } from '../snapshot/header.ts';

/** Keep for so many days, or the newest so many. */
export type Rule = { readonly days: number } | { readonly count: number };

/** How long snapshots are kept. Null for what is never deleted. */
export interface RetentionPolicy extends Readonly<Record<Tier, Rule | null>> {
  /** Snapshots made by hand. */
  readonly manual: Rule | null;
  /** What restores have saved before they wrote. */
  readonly safety: Rule | null;
  /** The newest so many automatic snapshots, over all tiers. */
  readonly maxCount: number | null;
}

export const defaultPolicy: RetentionPolicy = {
  daily: { days: 30 },
  weekly: { count: 5 },
  monthly: { count: 12 },
  manual: null,
  safety: { days: 30 },
  maxCount: null,
};

/** More than a century, or more snapshots than that, is a typing error. */
export const largestAmount = 36_500;

const ruleNames = [...tiers, 'manual', 'safety'] as const;

/** The policy of `cleanup <days>`: just that many days for every automatic tier. */
export function policyOfDays(policy: RetentionPolicy, days: number): RetentionPolicy {
  return { ...policy, daily: { days }, weekly: { days }, monthly: { days }, maxCount: null };
}

/** What is odd about a policy, so that nothing may be deleted by it. Values may come from anywhere. */
export function findPolicyFaults(policy: RetentionPolicy): readonly string[] {
  const known: readonly string[] = [...ruleNames, 'maxCount'];
  const unknown = Object.keys(policy).filter((key) => !known.includes(key));
  const faults = [
    ...unknown.map((key) => `${JSON.stringify(key)} is unknown`),
    ...ruleNames.flatMap((name) => faultsOfRule(name, policy[name])),
    ...(policy.maxCount === null ? [] : faultsOfAmount('maxCount', policy.maxCount)),
  ];
  const isEmpty = policy.maxCount === null && ruleNames.every((name) => policy[name] === null);
  return isEmpty ? ['it is empty', ...faults] : faults;
}

function faultsOfRule(name: string, rule: unknown): readonly string[] {
  if (rule === null) return [];
  const entries = typeof rule === 'object' ? Object.entries(rule as object) : [];
  const [first] = entries;
  if (entries.length !== 1 || first === undefined || !['days', 'count'].includes(first[0])) {
    return [`${name} is neither a number of days nor a count`];
  }
  return faultsOfAmount(`${name}'s ${first[0]}`, first[1]);
}

function faultsOfAmount(name: string, amount: unknown): readonly string[] {
  const isGood =
    typeof amount === 'number' && Number.isInteger(amount) && amount >= 1 && amount <= largestAmount;
  return isGood ? [] : [`${name} is ${String(amount)}, not a whole number from 1 to ${largestAmount}`];
}
