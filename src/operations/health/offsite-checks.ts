import type { OffsiteTarget } from '../../ports/offsite.ts';
import { isEncryptedFile } from '../../snapshot/name.ts';
import { formatInstant, formatSpan } from '../../util/time-text.ts';
import { encryptOrAllow } from '../offsite/use-target.ts';
import type { HealthFacts, KnownTarget } from './facts.ts';
import { finding, type HealthCheck, type HealthFinding } from './health-finding.ts';

const dayMs = 86_400_000;
/** A copy that nobody has read back for so long proves nothing any more. */
const longestUnreadMs = 31 * dayMs;

/** Targets that have failed, or do not have the newest snapshot. */
export const checkCopies: HealthCheck = (facts) =>
  facts.targets.flatMap((target) => checkTarget(target, facts));

function checkTarget(target: KnownTarget, { good }: HealthFacts): readonly HealthFinding[] {
  const { name, required, record } = target;
  const severity = required ? 'error' : 'warning';
  const hint = `holdfast sync push --target ${name}`;
  const newest = good[0]?.sidecar.created ?? null;
  if (record?.error != null) {
    const message = `The target ${name} could not be used: ${record.error}`;
    return [finding({ check: 'offsite.failed', severity, samples: [name], message, hint })];
  }
  // Said by `checkEncryption`, with what helps.
  if (isWithheld(target, good[0])) return [];
  if (newest === null || (record?.newest != null && record.newest >= newest)) return [];
  const there = record?.newest == null ? 'no snapshot' : `nothing newer than ${formatInstant(record.newest)}`;
  const message = `The target ${name} has ${there}, and the newest snapshot here is of ${formatInstant(newest)}`;
  return [finding({ check: 'offsite.behind', severity, samples: [name], message, hint })];
}

export const checkCopiesVerified: HealthCheck = ({ targets, now }) =>
  targets.flatMap(({ name, record }) => {
    if (record === null || record.copies === 0) return [];
    const sinceMs = record.verified === null ? null : now.getTime() - Date.parse(record.verified);
    if (sinceMs !== null && sinceMs <= longestUnreadMs) return [];
    const since = sinceMs === null ? 'never' : `${formatSpan(sinceMs)} ago`;
    const message = `Copies on ${name} were last read back and checked ${since}`;
    const hint = `holdfast verify-remote --target ${name}`;
    return [finding({ check: 'offsite.unverified', severity: 'warning', samples: [name], message, hint })];
  });

/** Snapshots that are not encrypted go to no target that has not been told so, and stay readable where they go. */
export const checkEncryption: HealthCheck = ({ targets, good: [newest] }) => {
  if (newest === undefined || isEncryptedFile(newest.path)) return [];
  return findPlainCopies(
    targets.filter((target) => target.allowsPlain || isWithheld(target, newest)),
    `${newest.name} is not encrypted`,
  );
};

/** The target does not get the newest snapshot because that is not encrypted. */
function isWithheld(
  { allowsPlain, record }: KnownTarget,
  newest: HealthFacts['good'][number] | undefined,
): boolean {
  if (newest === undefined || allowsPlain || isEncryptedFile(newest.path)) return false;
  return record?.newest == null || record.newest < newest.sidecar.created;
}

type PlainTarget = Pick<OffsiteTarget, 'name' | 'required' | 'allowsPlain' | 'isPlainMeant'>;

/** What it means for targets that snapshots are not encrypted: some do not get them, others get them readable. */
export function findPlainCopies(targets: readonly PlainTarget[], what: string): readonly HealthFinding[] {
  const without = targets.filter(({ allowsPlain }) => !allowsPlain);
  const open = targets.filter(({ allowsPlain, isPlainMeant }) => allowsPlain && !isPlainMeant);
  const isFailure = without.some(({ required }) => required);
  return [
    ...describePlain(
      without,
      `No copy goes to ${namesOf(without)}: ${what}`,
      isFailure ? 'error' : 'warning',
    ),
    ...describePlain(
      open,
      `Copies on ${namesOf(open)} can be read by whoever gets hold of them: ${what}`,
      'warning',
    ),
  ];
}

function describePlain(
  targets: readonly PlainTarget[],
  message: string,
  severity: HealthFinding['severity'],
): readonly HealthFinding[] {
  if (targets.length === 0) return [];
  const about = { count: targets.length, samples: targets.map(({ name }) => name) };
  return [finding({ check: 'offsite.not-encrypted', severity, ...about, message, hint: encryptOrAllow })];
}

function namesOf(targets: readonly PlainTarget[]): string {
  return targets.map(({ name }) => name).join(', ');
}
