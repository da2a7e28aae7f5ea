import { tmpdir } from 'node:os';
import { formatInstant, formatSpan } from '../../util/time-text.ts';
import { finding } from '../health/health-finding.ts';
import type { DoctorCheck } from './doctor-check.ts';

/** More than a file system with coarse times, or a busy one, explains. */
const largestDifferenceMs = 10_000;

export const clockCheck: DoctorCheck = {
  name: 'clock',
  async run({ ports: { clock, folder }, host, settings: { schedule } }) {
    const place = (await folder.exists()) ? folder.path : tmpdir();
    const fileTime = await host.fileTime(place);
    const now = clock.now();
    const found = `${formatInstant(now)}, ${localTime(now, schedule.zone)} in ${schedule.zone}`;
    const difference = fileTime === null ? 0 : Math.abs(now.getTime() - fileTime.getTime());
    if (difference < largestDifferenceMs) return { found, findings: [] };
    const message = `The clock and the file system of ${place} are ${formatSpan(difference)} apart`;
    const hint = 'Set the clock of both machines by NTP: what is due and what is deleted goes by the clock';
    return { found, findings: [finding({ check: 'clock.files', severity: 'warning', message, hint })] };
  },
};

function localTime(now: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  return format.format(now);
}
