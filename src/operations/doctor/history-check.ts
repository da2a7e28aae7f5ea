import type { DoctorCheck } from './doctor-check.ts';

export const historyCheck: DoctorCheck = {
  name: 'history',
  async run({ openHistory, settings: { historyPath } }) {
    const history = await openHistory();
    if (history === null) return { found: `${historyPath} is made by the first run`, findings: [] };
    try {
      const [last] = await history.runs({
        ...{ command: null, result: null, since: null, snapshot: null },
        limit: 1,
      });
      const newest = last === undefined ? 'no run yet' : `last run: ${last.command}, ${last.result}`;
      return { found: `${historyPath}, ${newest}`, findings: [] };
    } finally {
      await history.close();
    }
  },
};
