import { countOf } from '../../util/bytes.ts';
import { finding, type HealthFinding } from '../health/health-finding.ts';
import type { DoctorCheck } from './doctor-check.ts';

/** The major versions whose schemas are read. */
const known = [5, 6, 7];

export const prismaCheck: DoctorCheck = {
  name: 'prisma',
  async run({ readPrisma }) {
    const { version, models, warnings } = await readPrisma();
    const what = version === null ? 'Prisma is not installed here' : `Prisma ${version}`;
    const found = `${what}, ${models === null ? 'no schema' : countOf(models, 'model')}`;
    return { found, findings: [...warnings.map(warn), ...checkVersion(version)] };
  },
};

function warn(message: string): HealthFinding {
  const hint =
    'Backups are complete all the same; for names of models give the schema with --schema, and npx prisma validate';
  return finding({ check: 'prisma.schema', severity: 'warning', message, hint });
}

function checkVersion(version: string | null): readonly HealthFinding[] {
  const major = Number(version?.split('.')[0]);
  if (version === null || known.includes(major)) return [];
  const message = `Prisma ${version} is not among the versions that Holdfast was made for (${known.join(', ')})`;
  const hint = 'Take a backup and restore it into a copy before you rely on it';
  return [finding({ check: 'prisma.version', severity: 'warning', message, hint })];
}
