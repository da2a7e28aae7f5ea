import { countOf, formatBytes } from '../../util/bytes.ts';
import { finding } from '../health/health-finding.ts';
import { formatIdentity } from '../identity.ts';
import type { DoctorCheck } from './doctor-check.ts';

export const databaseCheck: DoctorCheck = {
  name: 'database',
  async run({ readDatabase }) {
    const { identity, origin, access, warnings } = await readDatabase();
    const { server, tables, estimatedBytes } = access;
    const size = `${countOf(tables, 'table')}, about ${formatBytes(estimatedBytes)}`;
    const hint = 'Correct the address where it stands, or name its variable with --url-env';
    return {
      found: `${formatIdentity(identity)} (${origin}): ${server}, ${size}`,
      findings: warnings.map((message) =>
        finding({ check: 'database.address', severity: 'warning', message, hint }),
      ),
    };
  },
};
