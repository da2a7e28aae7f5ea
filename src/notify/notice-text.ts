import type { Notice } from '../ports/notifier.ts';
import { countOf, formatBytes } from '../util/bytes.ts';
import { formatDuration } from '../util/duration.ts';

const verbs = { failure: 'failed', recovery: 'works again', findings: 'has findings' } as const;

/** One line: `Holdfast: backup of shop on db1 failed`. */
export function titleOf({ isTest, kind, command, application, host }: Notice): string {
  const test = isTest ? '[test] ' : '';
  return oneLine(`${test}Holdfast: ${command} of ${application} on ${host} ${verbs[kind]}`);
}

/** Everything that is known, in lines for people. */
export function textOf(notice: Notice): string {
  const { isTest, kind, error, findings, tool, run, started } = notice;
  const lines = [
    ...(isTest ? ['This is a test; nothing has happened. A real message looks like this:'] : []),
    ...(error === null ? [] : [`${error.message} [${error.code}]`]),
    ...findings,
    ...describeCount(notice),
    ...describeSnapshot(notice),
    ...(kind === 'recovery' ? [] : [`What to do: ${adviceOf(notice)}`]),
    `Run ${run}, started ${started}, by ${tool}`,
  ];
  return lines.map(oneLine).join('\n');
}

function adviceOf({ kind, command }: Notice): string {
  if (kind === 'findings') return `holdfast ${command} shows them all, with what to do`;
  return 'the log of the run and holdfast history say more; holdfast health says what else is wrong';
}

function describeCount({ kind, count, since }: Notice): readonly string[] {
  if (since === null || count === 0) return [];
  if (kind === 'recovery') return [`Before that: ${countOf(count, 'run')} in a row, since ${since}`];
  return count === 1 ? [] : [`${countOf(count, 'run')} in a row, since ${since}`];
}

function describeSnapshot({ snapshot, rows, bytes, durationMs }: Notice): readonly string[] {
  if (snapshot === null) return [];
  const facts = [
    ...(rows === null ? [] : [countOf(rows, 'row')]),
    ...(bytes === null ? [] : [formatBytes(bytes)]),
    ...(durationMs === null ? [] : [formatDuration(durationMs)]),
  ];
  return [`Snapshot ${snapshot}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`];
}

function oneLine(text: string): string {
  return text.replace(/[\s\u0000-\u001f\u007f]+/g, ' ').trim();
}
