import type { StoreSettings, TargetSettings } from '../ports/offsite.ts';
import type { RetentionPolicy } from '../retention/policy.ts';
import type { Settings } from './settings.ts';

/** A name stands before the colon of `s3:latest`; of one letter it would be a drive of Windows. */
const goodName = /^[A-Za-z0-9][A-Za-z0-9_-]{1,39}$/;

/**
 * Reads `targets` of the settings file, and its secrets from the environment and from files. Never throws for what is
 * wrong in there: a target that cannot be used says so whenever it should be, and no backup is kept from running.
 */
export async function readTargets(
  settings: Pick<Settings, 'targets' | 'environment' | 'policy' | 'policyFaults'>,
): Promise<readonly TargetSettings[]> {
  if (settings.targets === null) return [];
  const { value, path: file, folder } = settings.targets;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const reason = `'targets' in ${file}: expected an object such as { "disk": { "kind": "folder", "path": "/mnt/disk" } }`;
    return [unusable('targets', reason, settings)];
  }
  const { readTarget } = await import('./target-stores.ts');
  const { environment } = settings;
  return Object.entries(value as Readonly<Record<string, unknown>>).map(([name, item]) => {
    const place = `'targets.${name}' in ${file}`;
    if (!goodName.test(name)) {
      return unusable(name, `${place}: a name has 2 to 40 letters, digits, "-" and "_"`, settings);
    }
    const read = readTarget(item, settings.policy, { environment, folder, name, file });
    if ('reason' in read) return unusable(name, `${place}: ${read.reason}`, settings);
    const policyFaults = [...settings.policyFaults, ...read.policyFaults];
    return { ...read, name, policyFaults };
  });
}

/** Counts as required: nobody knows what was meant. */
function unusable(
  name: string,
  reason: string,
  { policy }: { readonly policy: RetentionPolicy },
): TargetSettings {
  const store: StoreSettings = { kind: 'unusable', reason };
  return {
    ...{ name, required: true, policy, policyFaults: [reason] },
    ...{ allowsPlain: true, isPlainMeant: true },
    limits: { maxBytesPerSecond: null },
    store,
  };
}
