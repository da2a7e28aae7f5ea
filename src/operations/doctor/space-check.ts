import { formatBytes } from '../../util/bytes.ts';
import { finding } from '../health/health-finding.ts';
import { expectedBytes } from '../take-snapshot.ts';
import type { DoctorCheck } from './doctor-check.ts';

/** The next backup is written before an old one goes, and a restore saves what is there. */
const wantedSnapshots = 3;

export const spaceCheck: DoctorCheck = {
  name: 'space',
  async run({ ports: { folder }, host, settings, readDatabase }) {
    const free = await host.freeBytes(folder.path);
    const database = await readDatabase().catch(() => null);
    if (database === null) return { found: `${formatBytes(free)} free`, findings: [] };
    const expected = expectedBytes(database.access.estimatedBytes, settings.isCompressed);
    const found = `${formatBytes(free)} free; a snapshot takes about ${formatBytes(expected)}`;
    if (free >= wantedSnapshots * expected) return { found, findings: [] };
    const message = `${folder.path} has ${formatBytes(free)} free, too little for ${wantedSnapshots} snapshots of about ${formatBytes(expected)}`;
    const hint = 'Free space there, or choose another disk with BACKUP_DIR';
    const severity = free < expected ? 'error' : 'warning';
    return { found, findings: [finding({ check: 'space.low', severity, message, hint })] };
  },
};
