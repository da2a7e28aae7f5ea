import { AppError } from '../../errors.ts';
import { nextDue } from '../../retention/periods.ts';
import { formatInstant } from '../../util/time-text.ts';
import { finding, type HealthFinding } from '../health/health-finding.ts';
import { scheduleStatus } from '../schedule.ts';
import type { DoctorCheck, DoctorContext } from './doctor-check.ts';

export const scheduleCheck: DoctorCheck = {
  name: 'schedule',
  async run(context) {
    const { ports, crontab, program, settings } = context;
    const { schedule } = settings;
    const due = nextDue(schedule, ports.clock.now());
    if (due === null) return { found: 'every tier is switched off', findings: [] };
    const status = await scheduleStatus({ ports, crontab }, { schedule, program }).catch(unreadable);
    if (status instanceof AppError) return { found: 'no crontab', findings: [explain(status)] };
    const { installed, current } = status;
    const found = `${installed ? 'in the crontab' : 'not in the crontab'}, next ${formatInstant(due)}`;
    if (!installed) return { found, findings: [notInstalled] };
    return { found, findings: [...(current ? [] : [outdated]), ...(await checkDaemon(context))] };
  },
};

/** Without cron something else may start the backups. */
function unreadable(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}

function explain({ code, message, hint = '' }: AppError): HealthFinding {
  return finding({ check: code, severity: 'warning', message, hint });
}

const notInstalled: HealthFinding = finding({
  check: 'schedule.missing',
  severity: 'warning',
  message: "Nothing in this user's crontab starts backups",
  hint: 'holdfast schedule install, or let another scheduler start holdfast auto every minute',
});

const outdated: HealthFinding = finding({
  check: 'schedule.outdated',
  severity: 'warning',
  message: 'The crontab holds other lines than these settings would write',
  hint: 'holdfast schedule install',
});

async function checkDaemon({ host }: DoctorContext): Promise<readonly HealthFinding[]> {
  if ((await host.isCronRunning()) !== false) return [];
  const message = 'The crontab starts backups, but no cron runs on this machine';
  const hint = 'Start it: systemctl enable --now cron (or crond)';
  return [finding({ check: 'schedule.cron', severity: 'error', message, hint })];
}
