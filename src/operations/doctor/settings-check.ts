import { finding, type HealthFinding } from '../health/health-finding.ts';
import type { DoctorCheck } from './doctor-check.ts';

export const settingsCheck: DoctorCheck = {
  name: 'settings',
  async run({ settings: { sources, warnings, policyFaults } }) {
    const found = sources.length === 0 ? 'the defaults' : `from ${sources.join(', ')}`;
    return { found, findings: [...warnings.map(warn), ...policyFaults.map(explainFault)] };
  },
};

function warn(message: string): HealthFinding {
  const hint = 'Correct it where it stands; .env.example and docs/CLI.md explain each setting';
  return finding({ check: 'settings.warning', severity: 'warning', message, hint });
}

function explainFault(fault: string): HealthFinding {
  const message = `Nothing is cleaned up: ${fault}`;
  const hint = 'Correct its name, or remove it; docs/CLI.md names the settings of the policy';
  return finding({ check: 'settings.policy', severity: 'error', message, hint });
}
