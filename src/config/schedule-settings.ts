import { defaultPolicy, largestAmount, type RetentionPolicy } from '../retention/policy.ts';
import {
  defaultSchedule,
  parseMonthlyTime,
  parseTimeOfDay,
  parseWeeklyTime,
  type Schedule,
} from '../retention/schedule.ts';
import type { SettingReader } from './setting-reader.ts';
import { orOff, parseTimeZone, wholeNumber } from './setting-values.ts';
import type { SettingName } from './settings.ts';

const parseDaily = orOff(parseTimeOfDay, 'a time such as 02:00');
const parseWeekly = orOff(parseWeeklyTime, 'a day and a time such as sunday 03:00');
const parseMonthly = orOff(parseMonthlyTime, 'a day of the month and a time such as 1 04:00');

export function readSchedule(reader: SettingReader): Schedule {
  const [daily, weekly, monthly, drill] = [
    reader.read('scheduleDaily', parseDaily),
    reader.read('scheduleWeekly', parseWeekly),
    reader.read('scheduleMonthly', parseMonthly),
    reader.read('scheduleDrill', parseWeekly),
  ];
  return {
    zone: reader.read('timeZone', parseTimeZone) ?? defaultSchedule.zone,
    daily: daily === null ? defaultSchedule.daily : daily.time,
    weekly: weekly === null ? defaultSchedule.weekly : weekly.time,
    monthly: monthly === null ? defaultSchedule.monthly : monthly.time,
    ...(drill === null || drill.time === null ? {} : { drill: drill.time }),
  };
}

/** @param retentionDays how long daily snapshots stay */
export function readPolicy(reader: SettingReader, retentionDays: number): RetentionPolicy {
  const amount = (name: SettingName): number | null => reader.read(name, wholeNumber(1, largestAmount));
  const days = (name: SettingName): { days: number } | null => {
    const value = amount(name);
    return value === null ? null : { days: value };
  };
  const count = (name: SettingName): { count: number } | null => {
    const value = amount(name);
    return value === null ? null : { count: value };
  };
  return {
    daily: { days: retentionDays },
    weekly: count('retentionWeekly') ?? defaultPolicy.weekly,
    monthly: count('retentionMonthly') ?? defaultPolicy.monthly,
    manual: days('retentionManualDays') ?? defaultPolicy.manual,
    safety: days('retentionSafetyDays') ?? defaultPolicy.safety,
    maxCount: amount('retentionMaxCount') ?? defaultPolicy.maxCount,
  };
}
