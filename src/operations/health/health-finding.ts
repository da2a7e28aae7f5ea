import type { Finding } from '../finding.ts';
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

/** An instant for people: `2026-11-20 02:00 UTC`. */
export function formatInstant(instant: Date | string): string {
  const text = typeof instant === 'string' ? instant : instant.toISOString();
  return `${text.slice(0, 16).replace('T', ' ')} UTC`;
}

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];

/** A long time for people: `26 hours`, `3 days`. */
export function formatSpan(ms: number): string {
  if (ms < 2 * hourMs) return `${Math.round(ms / minuteMs)} minutes`;
  return ms < 3 * dayMs ? `${Math.round(ms / hourMs)} hours` : `${Math.round(ms / dayMs)} days`;
}
