import { recordingContext } from '../api/recording.ts';
import { describeError } from '../errors.ts';
import type { CheckReport } from '../operations/recording/tell-findings.ts';
import type { Session } from './session.ts';

/** Checks whose findings the operator wants to hear of, whoever runs them; cron for the most part. */
const watched: ReadonlySet<string> = new Set(['health', 'validate backup', 'validate data', 'verify-remote']);

/** Tells the operator's channels what a check has found. */
export async function tellOfFindings(session: Session, document: object): Promise<void> {
  const report = reportOf(document as Partial<CheckDocument>);
  if (report === null) return;
  try {
    const { tellFindings } = await import('../operations/recording/tell-findings.ts');
    await tellFindings(recordingContext(session.settings, session.ports), report);
  } catch (error) {
    // What the check has found is said already; a fault in telling others must not take its place.
    session.progress.note(`Warning: The findings could not be told: ${describeError(error)}`);
  }
}

interface CheckDocument {
  readonly command: string;
  readonly findings: CheckReport['findings'];
  readonly snapshot: { readonly name: string };
}

function reportOf({ command, findings, snapshot }: Partial<CheckDocument>): CheckReport | null {
  if (command === undefined || findings === undefined || !watched.has(command)) return null;
  return { command, findings, subject: snapshot?.name ?? null };
}
