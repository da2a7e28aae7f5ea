import type { AccessObstacle } from '../../ports/access.ts';
import { formatTableName } from '../../snapshot/table.ts';
import { finding, type HealthFinding } from '../health/health-finding.ts';
import type { DoctorCheck } from './doctor-check.ts';

/** An account of its own that may only read is a good one for backups. */
const severities = { reading: 'error', 'hidden rows': 'error', restoring: 'warning' } as const;
const checks = { reading: 'access.read', 'hidden rows': 'access.rows', restoring: 'access.restore' } as const;

export const accessCheck: DoctorCheck = {
  name: 'access',
  async run({ readDatabase }) {
    const { user, obstacles } = (await readDatabase()).access;
    const isUnable = (what: AccessObstacle['what']) => obstacles.some((one) => one.what === what);
    const reading = isUnable('reading') || isUnable('hidden rows') ? 'cannot read all' : 'reads all tables';
    const restoring = isUnable('restoring') ? 'could not restore them all' : 'could restore them';
    return {
      found: `${user === null ? 'this user' : user} ${reading}, ${restoring}`,
      findings: obstacles.map(explain),
    };
  },
};

function explain({ what, tables, message, remedy }: AccessObstacle): HealthFinding {
  const names = tables.map(formatTableName);
  const shown = names.length === 0 ? '' : `: ${names.slice(0, 5).join(', ')}`;
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return finding({
    check: checks[what],
    severity: severities[what],
    table: names.length === 1 ? names[0]! : null,
    count: Math.max(1, names.length),
    samples: names.slice(0, 5),
    message: `${message}${shown}${more}`,
    hint: remedy,
  });
}
