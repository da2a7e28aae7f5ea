import type { HealthResult } from '../operations/health.ts';
import type { Workspace } from './workspace.ts';

/** Says whether the backups can be relied on. */
export async function checkHealth({ ports, settings }: Workspace): Promise<HealthResult> {
  const { health } = await import('../operations/health.ts');
  const { schedule, maxAgeMs, maxBytes } = settings;
  return health(ports, { schedule, maxAgeMs, maxBytes });
}
