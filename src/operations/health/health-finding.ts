import type { Finding } from '../../util/finding.ts';
import type { HealthFacts } from './facts.ts';

/** What is wrong, and what to do about it. */
export interface HealthFinding extends Finding {
  readonly hint: string;
}

/** Looks at the facts for one kind of trouble. */
export type HealthCheck = (facts: HealthFacts) => readonly HealthFinding[];

type Given = Pick<HealthFinding, 'check' | 'severity' | 'message' | 'hint'> &
  Partial<Pick<HealthFinding, 'model' | 'table' | 'count' | 'samples'>>;

export function finding(given: Given): HealthFinding {
  return { model: null, table: null, field: null, count: 1, samples: [], ...given };
}
