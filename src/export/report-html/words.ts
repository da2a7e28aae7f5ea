import { countOf } from '../../util/bytes.ts';
import type { ReportFinding, SnapshotKind } from '../report.ts';

/** How good or bad something is; always said in words, too. */
export type Tone = 'good' | 'warning' | 'error' | 'plain';

export const kindNames: Readonly<Record<SnapshotKind, string>> = {
  daily: 'Daily',
  weekly: 'Weekly',
  monthly: 'Monthly',
  manual: 'By hand',
  safety: 'Safety',
};

/** The beginning of a text that may be of any length; the JSON document has all of it. */
export function shorten(text: string, longest = 300): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

/** `3 errors and 1 warning`; null when there are none. */
export function countSeverities(findings: readonly Pick<ReportFinding, 'severity'>[]): string | null {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const parts = [
    ...(errors === 0 ? [] : [countOf(errors, 'error')]),
    ...(warnings === 0 ? [] : [countOf(warnings, 'warning')]),
  ];
  return parts.length === 0 ? null : parts.join(' and ');
}

/** The worst of the findings. */
export function toneOf(findings: readonly Pick<ReportFinding, 'severity'>[]): Tone {
  if (findings.length === 0) return 'good';
  return findings.some(({ severity }) => severity === 'error') ? 'error' : 'warning';
}

/** Where a finding is, for people: `Order.total`, a table that no model knows, or null for the whole. */
export function placeOf({
  model,
  table,
  field,
}: Pick<ReportFinding, 'model' | 'table' | 'field'>): string | null {
  const owner = model ?? table;
  if (owner === null) return field;
  return field === null ? owner : `${owner}.${field}`;
}

/** `+12 %`, `−3 %`, `no change`, `was empty`; null where there is nothing to compare. */
export function formatChange(from: number | null, to: number | null): string | null {
  if (from === null || to === null) return null;
  if (from === to) return 'no change';
  if (from === 0) return 'was empty';
  const percent = ((to - from) / from) * 100;
  const sign = percent > 0 ? '+' : '−';
  const amount = Math.abs(percent);
  if (amount < 0.1) return `${sign}under 0.1 %`;
  return `${sign}${amount < 10 ? amount.toFixed(1) : Math.round(amount).toLocaleString('en-US')} %`;
}
