import type { TargetError } from '../operations/offsite/use-target.ts';
import type { SyncedSnapshot, SyncedTarget } from '../operations/sync.ts';
import { countOf, formatBytes } from '../util/bytes.ts';
import { verdictOf } from '../util/copies-verdict.ts';
import { formatSecond } from '../util/time-text.ts';
import { exitCodes } from './exit-codes.ts';
import { formatTable, printable } from './text-table.ts';

/** What the shell is told of copies: a required target that failed is a failure, anything else a finding. */
export function copiesExitCode(targets: readonly SyncedTarget[]): number {
  return { done: exitCodes.done, findings: exitCodes.findings, failed: exitCodes.failed }[verdictOf(targets)];
}

/** One line for each target of a command that has copied something beside its own work. */
export function describeCopies(targets: readonly SyncedTarget[]): readonly string[] {
  return targets.map(({ target, copied, bytes, error, withheld, required }) => {
    const place = `${target}${required ? ' (required)' : ''}`;
    if (error !== null) return `  not copied to ${place}: holdfast sync push --target ${target}`;
    if (withheld !== null) return `  not copied to ${place}: ${withheld.hint}`;
    return copied.length === 0
      ? `  nothing to copy to ${target}`
      : `  copied to ${target}: ${countOf(copied.length, 'snapshot')}, ${formatBytes(bytes)}`;
  });
}

/** How every snapshot stands on every target, the newest first. */
export function formatCopies(targets: readonly SyncedTarget[]): string {
  const files = new Map<string, SyncedSnapshot>();
  for (const { snapshots } of targets)
    for (const one of snapshots) files.set(one.file, files.get(one.file) ?? one);
  const rows = [...files.values()]
    .sort(byAge)
    .map((one) => [
      printable(one.name),
      one.created === null ? '-' : formatSecond(one.created),
      formatBytes(one.bytes),
      targets.some((target) => target.snapshots.some(({ file, here }) => file === one.file && here))
        ? 'yes'
        : '-',
      ...targets.map((target) => stateOn(target, one.file)),
    ]);
  return formatTable(
    ['Name', 'Taken (UTC)', 'Size', 'Here', ...targets.map(({ target }) => target)],
    rows,
    [2],
  );
}

function byAge(a: SyncedSnapshot, b: SyncedSnapshot): number {
  return `${a.created ?? ''} ${a.file}` < `${b.created ?? ''} ${b.file}` ? 1 : -1;
}

function stateOn({ error, snapshots }: SyncedTarget, file: string): string {
  const one = snapshots.find((snapshot) => snapshot.file === file);
  if (one === undefined) return error === null ? '-' : '?';
  if (one.action === 'push' || one.action === 'pull') return one.state === 'missing' ? 'copied' : 'fetched';
  return one.state;
}

/** What went wrong on the targets. */
export function describeTrouble(targets: readonly SyncedTarget[]): readonly string[] {
  return targets.flatMap(({ target, error, withheld, snapshots }) => [
    ...[error, withheld].flatMap((reason) => (reason === null ? [] : describeError(target, reason))),
    ...snapshots
      .filter(({ isTrouble }) => isTrouble)
      .map(({ name, reason }) => `${target}: ${printable(name)}: ${printable(reason)}`),
  ]);
}

function describeError(target: string, { message, code, hint }: TargetError): readonly string[] {
  const lines = [`${target}: ${printable(message)} [${code}]`];
  return hint === null ? lines : [...lines, `  ${printable(hint)}`];
}
