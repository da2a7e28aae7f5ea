import type { ReportRequest } from '../../../src/operations/report.ts';
import { defaultPolicy } from '../../../src/retention/policy.ts';
import { defaultSchedule } from '../../../src/retention/schedule.ts';

/** What `holdfast report --no-data` asks for. */
export function reportRequest(more: Partial<ReportRequest> = {}): ReportRequest {
  return {
    health: { schedule: defaultSchedule, maxAgeMs: 26 * 3_600_000, maxBytes: 500_000_000 },
    cleanup: { policy: defaultPolicy, policyFaults: [], schedule: defaultSchedule },
    validate: null,
    last: 60,
    failOn: 'error',
    out: null,
    ...more,
  };
}
