/**
 * The instant that a cell's JSON token states, in milliseconds since 1970 UTC, or null when it states none. Knows the
 * forms in which Prisma and the databases keep times: ISO 8601, `YYYY-MM-DD HH:MM:SS[.ffffff][+hh[:mm]]`, and integer
 * milliseconds. Times without an offset are UTC, as Prisma writes them.
 */
export function parseInstant(token: string): number | null {
  if (/^\d{12,14}$/.test(token)) return Number(token);
  const match = instantPattern.exec(token);
  if (match === null) return null;
  const [, date, time = '00:00:00', fraction = '', zone = 'Z'] = match;
  const ms = Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${isoZone(zone)}`);
  return Number.isNaN(ms) ? null : ms;
}

const instantPattern = /^"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d(?::?\d\d)?)?)?"$/;

function isoZone(zone: string): string {
  if (zone === 'Z' || zone.includes(':')) return zone;
  return zone.length === 3 ? `${zone}:00` : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}
