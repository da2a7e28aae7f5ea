import { AppError, describeError, systemCode } from '../errors.ts';
import { accessCheck } from './doctor/access-check.ts';
import { channelsCheck } from './doctor/channels-check.ts';
import { clockCheck } from './doctor/clock-check.ts';
import { databaseCheck } from './doctor/database-check.ts';
import type { CheckAnswer, DoctorCheck, DoctorContext } from './doctor/doctor-check.ts';
import { encryptionCheck } from './doctor/encryption-check.ts';
import { folderCheck } from './doctor/folder-check.ts';
import { historyCheck } from './doctor/history-check.ts';
import { nodeCheck } from './doctor/node-check.ts';
import { prismaCheck } from './doctor/prisma-check.ts';
import { scheduleCheck } from './doctor/schedule-check.ts';
import { settingsCheck } from './doctor/settings-check.ts';
import { spaceCheck } from './doctor/space-check.ts';
import { targetsCheck } from './doctor/targets-check.ts';
import { finding, type HealthFinding } from './health/health-finding.ts';

export interface DoctorResult {
  readonly command: 'doctor';
  /** True when there is no finding. */
  readonly ok: boolean;
  /** In the order in which they were made. */
  readonly checks: readonly CheckOutcome[];
  readonly findings: readonly HealthFinding[];
}

export interface CheckOutcome {
  readonly check: string;
  readonly ok: boolean;
  /** What is there; null where the check could not be made. */
  readonly found: string | null;
}

const checks: readonly DoctorCheck[] = [
  nodeCheck,
  settingsCheck,
  prismaCheck,
  databaseCheck,
  accessCheck,
  folderCheck,
  spaceCheck,
  clockCheck,
  scheduleCheck,
  historyCheck,
  channelsCheck,
  encryptionCheck,
  targetsCheck,
];

/** Says whether everything is in place for backups and restores, with a remedy for what is not. What keeps one check from
 * being made is its finding. */
export async function doctor(context: DoctorContext): Promise<DoctorResult> {
  const outcomes: CheckOutcome[] = [];
  const findings: HealthFinding[] = [];
  for (const check of checks) {
    context.ports.signal?.throwIfAborted();
    const answer = await ask(check, context);
    if (answer === null) continue;
    outcomes.push({ check: check.name, ok: answer.findings.length === 0, found: answer.found });
    findings.push(...answer.findings);
  }
  return {
    command: 'doctor',
    ok: findings.length === 0,
    checks: outcomes,
    findings: findings.filter(isFirst),
  };
}

type Answer = Omit<CheckAnswer, 'found'> & { readonly found: string | null };

async function ask(check: DoctorCheck, context: DoctorContext): Promise<Answer | null> {
  try {
    return await check.run(context);
  } catch (error) {
    const [code, hint = ''] = error instanceof AppError ? [error.code, error.hint] : [systemCode(error)];
    if (code === undefined || context.ports.signal?.aborted === true) throw error;
    const message = describeError(error);
    return { found: null, findings: [finding({ check: code, severity: 'error', message, hint })] };
  }
}

/** A database that cannot be opened fails every check that asks it; once is enough. */
function isFirst(one: HealthFinding, index: number, all: readonly HealthFinding[]): boolean {
  return all.findIndex(({ check, message }) => check === one.check && message === one.message) === index;
}
