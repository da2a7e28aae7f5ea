import path from 'node:path';
import type { DrillRequest } from '../../../src/operations/drilling/request.ts';
import type { DatabaseTarget } from '../../../src/ports/database.ts';
import type { Rig } from '../rigs/rig.ts';

/** A drill of the newest verified snapshot, without business rules. */
export function drillOf(target: DatabaseTarget, folder: string): DrillRequest {
  const dates = { earliest: '1900-01-01T00:00:00Z', latest: '2100-01-01T00:00:00Z' };
  return {
    ...{ reference: null, target, folder, lockTimeoutMs: 5000, samples: 5, timeoutMs: 30_000 },
    findSchema: async () => null,
    settings: { checks: {}, ...dates, caseInsensitive: false, rules: [] },
  };
}

/** What a rig's application uses, and its backup folder. */
export function placesOf(
  rig: Rig,
  provider: DatabaseTarget['provider'],
): { readonly target: DatabaseTarget; readonly folder: string } {
  const file = rig.engine === 'SQLite' ? path.join(rig.folder, 'app.db') : null;
  const target = { provider, url: rig.url, file, schemas: [], origin: 'the test' };
  return { target, folder: path.join(rig.folder, 'backups') };
}
