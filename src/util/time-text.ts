/** An instant for people: `2026-11-20 02:00 UTC`. */
export function formatInstant(instant: Date | string): string {
  const text = typeof instant === 'string' ? instant : instant.toISOString();
  return `${text.slice(0, 16).replace('T', ' ')} UTC`;
}

/** An instant in a column that says UTC itself: `2026-11-20 02:00:31`. */
export function formatSecond(instant: string): string {
  return instant.slice(0, 19).replace('T', ' ');
}

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];

/** A long time for people: `26 hours`, `3 days`. */
export function formatSpan(ms: number): string {
  if (ms < 2 * hourMs) return `${Math.round(ms / minuteMs)} minutes`;
  return ms < 3 * dayMs ? `${Math.round(ms / hourMs)} hours` : `${Math.round(ms / dayMs)} days`;
}
