import { finding } from '../health/health-finding.ts';
import type { DoctorCheck } from './doctor-check.ts';

export const channelsCheck: DoctorCheck = {
  name: 'channels',
  async run({ readNotifications }) {
    const { channels, problems } = await readNotifications();
    const names = channels.map(({ kind, name }) => (name === '' ? kind : `${kind} ${name}`));
    const hint = 'Correct it in holdfast.config.json, then run: holdfast notify test';
    return {
      found: names.length === 0 ? 'none: nobody is told of a failure' : names.join(', '),
      findings: problems.map((problem) =>
        finding({ check: 'channels.setting', severity: 'error', message: `Cannot use ${problem}`, hint }),
      ),
    };
  },
};
