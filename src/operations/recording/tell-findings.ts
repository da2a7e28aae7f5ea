import type { Alarm } from '../../ports/history.ts';
import type { Delivery, Notice, NoticeKind } from '../../ports/notifier.ts';
import type { Finding } from '../../util/finding.ts';
import type { RecordingContext } from './context.ts';
import { publicError } from './public-error.ts';
import { tell } from './tell.ts';

export interface CheckReport {
  readonly command: string;
  /** What was checked, where the command checks one thing of many; null for the whole. */
  readonly subject: string | null;
  readonly findings: readonly Pick<Finding, 'check' | 'table' | 'message'>[];
}

/** Tells the operator's channels of findings that are new, and of the end of former ones. */
export function tellFindings(
  context: RecordingContext,
  { command, subject, findings }: CheckReport,
): Promise<readonly Delivery[]> {
  const { application, host, tool, clock } = context;
  const sentences = findings.map(publicSentence);
  const notice = (kind: NoticeKind, about: Alarm | null): Notice => ({
    ...{
      kind,
      isTest: false,
      command,
      application,
      host,
      tool,
      run: '-',
      started: clock.now().toISOString(),
    },
    ...{ durationMs: null, snapshot: subject, rows: null, bytes: null, error: null },
    findings: kind === 'recovery' ? [] : sentences,
    ...{ count: about?.count ?? 0, since: about?.since ?? null },
  });
  const reasons = findings.map(({ check, table }) => `${check} ${table ?? ''}`);
  return tell(context, {
    alarm: subject === null ? command : `${command} ${subject}`,
    verdict: { kind: findings.length === 0 ? 'good' : 'findings', reasons },
    notice,
  });
}

/** Checks that have an error's code may quote a row in their message, like that error. */
function publicSentence({ check, table, message }: CheckReport['findings'][number]): string {
  const isCode = /^[A-Z]+\.[A-Z_]+$/.test(check);
  const sentence = isCode ? publicError({ code: check, message }).message : message;
  return `${check}${table === null ? '' : ` in ${table}`}: ${sentence}`;
}
