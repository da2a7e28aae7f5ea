import { finding } from '../health/health-finding.ts';
import type { DoctorCheck } from './doctor-check.ts';

export const nodeCheck: DoctorCheck = {
  name: 'node',
  async run({ host: { nodeVersion } }) {
    const found = `Node ${nodeVersion}`;
    if (isSupported(nodeVersion)) return { found, findings: [] };
    const message = `Node ${nodeVersion} is not supported`;
    const hint = 'Install Node 20.19 or newer, 22.12 or newer, or 24';
    return { found, findings: [finding({ check: 'node.version', severity: 'error', message, hint })] };
  },
};

/** The same as `engines` of package.json. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === 20) return minor >= 19;
  return major === 22 ? minor >= 12 : major >= 24;
}
