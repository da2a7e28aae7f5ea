import { isWholeAndVerified, tiersServed } from '../../retention/candidate.ts';
import { setBackBy } from '../../retention/clock-watch.ts';
import { findServing } from '../../retention/due-tiers.ts';
import { currentPeriod } from '../../retention/periods.ts';
import { tiers } from '../../snapshot/header.ts';
import { countOf } from '../../util/bytes.ts';
import { formatInstant, formatSpan } from '../../util/time-text.ts';
import { finding, type HealthCheck } from './health-finding.ts';

/** Silence is an alarm. */
export const checkAge: HealthCheck = ({ good, now, maxAgeMs, folderPath, snapshots }) => {
  const newest = good[0];
  const hint = 'Take one and see what it says: holdfast backup';
  if (newest === undefined) {
    const others =
      snapshots.length === 0
        ? ''
        : `, only ${countOf(snapshots.length, 'file')} that ${snapshots.length === 1 ? 'is' : 'are'} not verified, not whole or of the future`;
    const message = `There is no verified backup in ${folderPath}${others}`;
    return [finding({ check: 'backup.missing', severity: 'error', message, hint })];
  }
  const ageMs = now.getTime() - Date.parse(newest.sidecar.created);
  if (ageMs <= maxAgeMs) return [];
  const message = `The newest verified backup, ${newest.name}, is ${formatSpan(ageMs)} old; the limit is ${formatSpan(maxAgeMs)}`;
  return [finding({ check: 'backup.old', severity: 'error', samples: [newest.path], message, hint })];
};

/** How late a tier may be: `auto` may run hourly, and a backup takes its time. */
const graceMs = 2 * 3_600_000;

/** A tier that was served before, or `auto` at work, says that the schedule is in use. */
export const checkSchedule: HealthCheck = ({ snapshots, schedule, now, runs }) => {
  const isAutomatic = runs?.last?.command === 'auto' || runs?.lastSuccess?.command === 'auto';
  const used = new Set(snapshots.flatMap(({ sidecar }) => (sidecar === null ? [] : tiersServed(sidecar))));
  return tiers.flatMap((tier) => {
    const period = currentPeriod(schedule, tier, now);
    if (period === null || !(isAutomatic || used.has(tier))) return [];
    const lateMs = now.getTime() - period.due.getTime();
    if (lateMs <= graceMs || findServing(snapshots, period) !== null) return [];
    const message = `The ${tier} backup that was due ${formatInstant(period.due)} is not there, ${formatSpan(lateMs)} later`;
    const hint =
      'See whether the schedule is installed: holdfast schedule status; catch up with: holdfast auto';
    return [finding({ check: 'schedule.missed', severity: 'error', samples: [tier], message, hint })];
  });
};

/** From so many failures in a row on it is an alarm. */
const alarmingFailures = 5;

export const checkFailures: HealthCheck = ({ runs }) => {
  if (runs === null || runs.consecutiveFailures === 0) return [];
  const count = runs.consecutiveFailures;
  const severity = count >= alarmingFailures ? 'error' : 'warning';
  const message = `The last ${count === 1 ? 'backup' : `${count} backups`} failed: ${runs.lastError ?? 'the reason is not known'}`;
  const hint = 'Run it by hand and follow what it says: holdfast backup';
  return [finding({ check: 'runs.failed', severity, count, message, hint })];
};

/** Longer than any backup of a database that fits one machine. */
const longestRunMs = 6 * 3_600_000;

export const checkRun: HealthCheck = ({ runs, now, isLastRunAlive }) => {
  const last = runs?.last;
  if (last == null || last.finished !== null) return [];
  const sinceMs = now.getTime() - Date.parse(last.started);
  const what = `The ${last.command} begun ${formatInstant(last.started)}`;
  if (!isLastRunAlive) {
    const message = `${what} died before its end`;
    const hint = 'Run it again; what it left behind is removed then';
    return [
      finding({ check: 'runs.died', severity: 'warning', samples: [String(last.process)], message, hint }),
    ];
  }
  if (sinceMs <= longestRunMs) return [];
  const message = `${what} has been running for ${formatSpan(sinceMs)}, as process ${last.process}`;
  const hint = `See what it waits for, or end it: kill ${last.process}`;
  return [
    finding({ check: 'runs.hanging', severity: 'error', samples: [String(last.process)], message, hint }),
  ];
};

export const checkRestore: HealthCheck = ({ lastRestore, restoreFault }) => {
  if (restoreFault !== null) {
    const hint = 'Read that file: it may name triggers that were taken down; then move it away';
    return [finding({ check: 'restore.unfinished', severity: 'error', message: restoreFault, hint })];
  }
  if (lastRestore === null || lastRestore.finished !== null) return [];
  const { command, started, statements } = lastRestore;
  const left = statements.length === 0 ? '' : ` and left ${countOf(statements.length, 'thing')} to put back`;
  const message = `The ${command} begun ${formatInstant(started)} was interrupted${left}`;
  const hint = 'Bring back what was there before: holdfast undo';
  const severity = statements.length === 0 ? 'warning' : 'error';
  return [
    finding({ check: 'restore.unfinished', severity, count: Math.max(1, statements.length), message, hint }),
  ];
};

export const checkClock: HealthCheck = ({ runs, snapshots, now }) => {
  const future = snapshots.filter(({ sidecar }) => Date.parse(sidecar?.created ?? '') > now.getTime());
  const back = runs === null ? 0 : setBackBy(runs.clock, now);
  const hint = 'Set the clock right (timedatectl). If it is right: holdfast cleanup --trust-clock';
  const findings = [];
  if (back > 0) {
    const message = `The clock stands ${formatSpan(back)} behind the last run, at ${formatInstant(now)}`;
    findings.push(finding({ check: 'clock.back', severity: 'error', message, hint }));
  }
  if (future.length > 0) {
    const samples = future.slice(0, 5).map(({ path }) => path);
    const message = `${countOf(future.length, 'snapshot')} ${future.length === 1 ? 'is' : 'are'} dated in the future, such as ${future[0]!.name}`;
    findings.push(
      finding({ check: 'clock.future', severity: 'warning', count: future.length, samples, message, hint }),
    );
  }
  return findings;
};

export const checkVerified: HealthCheck = ({ snapshots }) => {
  const doubtful = snapshots.filter(({ sidecar }) => sidecar === null || sidecar.verified === null);
  if (doubtful.length === 0) return [];
  const samples = doubtful.slice(0, 5).map(({ path }) => path);
  const message = `${countOf(doubtful.length, 'snapshot')} ${doubtful.length === 1 ? 'is' : 'are'} not verified, such as ${doubtful[0]!.name}`;
  const hint = `Find out: holdfast validate backup ${doubtful[0]!.name}`;
  const severity = snapshots.some(({ sidecar }) => isWholeAndVerified(sidecar)) ? 'warning' : 'error';
  return [finding({ check: 'backup.unverified', severity, count: doubtful.length, samples, message, hint })];
};
