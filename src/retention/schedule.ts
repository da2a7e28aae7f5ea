import type { Tier } from '../snapshot/header.ts';

export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

export interface WeeklyTime extends TimeOfDay {
  /** 1 is Monday, 7 is Sunday. */
  readonly weekday: number;
}

export interface MonthlyTime extends TimeOfDay {
  /** 1 to 31; in a month without that day its last one. */
  readonly day: number;
}

/** When each tier is due, as local times of one time zone; null for a tier that is switched off. */
export interface Schedule {
  /** An IANA name, such as `Europe/Berlin`. */
  readonly zone: string;
  readonly daily: TimeOfDay | null;
  readonly weekly: WeeklyTime | null;
  readonly monthly: MonthlyTime | null;
  /** When `auto` restores a snapshot on trial; absent or null: never. */
  readonly drill?: WeeklyTime | null;
}

export const defaultSchedule: Schedule = {
  zone: 'UTC',
  daily: { hour: 2, minute: 0 },
  weekly: { weekday: 7, hour: 3, minute: 0 },
  monthly: { day: 1, hour: 4, minute: 0 },
};

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** `02:00`; null when the text is none. */
export function parseTimeOfDay(text: string): TimeOfDay | null {
  const match = /^(\d{1,2}):(\d\d)$/.exec(text.trim());
  if (match === null) return null;
  const [hour, minute] = [Number(match[1]), Number(match[2])];
  return hour < 24 && minute < 60 ? { hour, minute } : null;
}

/** `sunday 03:00` or `sun 03:00`; null when the text is none. */
export function parseWeeklyTime(text: string): WeeklyTime | null {
  const match = /^([a-z]{3,9})\s+(\S+)$/i.exec(text.trim());
  const time = match === null ? null : parseTimeOfDay(match[2]!);
  if (match === null || time === null) return null;
  const given = match[1]!.toLowerCase();
  const index = weekdays.findIndex((day) => day === given || day.slice(0, 3) === given);
  return index === -1 ? null : { weekday: index + 1, ...time };
}

/** `1 04:00`; null when the text is none. */
export function parseMonthlyTime(text: string): MonthlyTime | null {
  const match = /^(\d{1,2})\s+(\S+)$/.exec(text.trim());
  const time = match === null ? null : parseTimeOfDay(match[2]!);
  if (match === null || time === null) return null;
  const day = Number(match[1]);
  return day >= 1 && day <= 31 ? { day, ...time } : null;
}

/** A tier's time for people: `daily 02:00`, `weekly sunday 03:00`, `monthly off`. */
export function formatTierTime(schedule: Schedule, tier: Tier): string {
  const time = schedule[tier];
  if (time === null) return `${tier} off`;
  return [tier, ...dayOf(time), `${pad(time.hour)}:${pad(time.minute)}`].join(' ');
}

function dayOf(time: TimeOfDay | WeeklyTime | MonthlyTime): readonly string[] {
  if ('weekday' in time) return [weekdays[time.weekday - 1]!];
  return 'day' in time ? [`day ${time.day}`] : [];
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
