import { AppError } from '../errors.ts';

const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A date (its midnight in UTC), an instant with its offset, or a time ago such as `24h`.
 *
 * @throws AppError USAGE
 */
export function parseSince(text: string, now: Date): Date {
  const ago = /^(\d{1,6})\s*([mhdw])$/.exec(text.trim());
  if (ago !== null) return new Date(now.getTime() - Number(ago[1]) * unitsMs[ago[2]!]!);
  const isInstant = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text.trim());
  const since = new Date(isInstant ? text.trim() : Number.NaN);
  const isRealDate = !Number.isNaN(since.getTime()) && isOnCalendar(text.trim());
  if (isRealDate) return since;
  throw new AppError('USAGE', `Cannot show runs since ${JSON.stringify(text)}: it is no point in time`, {
    hint: 'For example: --since 2026-11-20, --since 2026-11-20T10:30Z, --since 24h, --since 7d',
  });
}

/** `Date` takes the 31st of a short month for the 1st of the next. */
function isOnCalendar(text: string): boolean {
  return new Date(`${text.slice(0, 10)}T00:00Z`).toISOString().startsWith(text.slice(0, 10));
}
