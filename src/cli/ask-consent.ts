import { createInterface } from 'node:readline/promises';
import type { AskConsent } from '../operations/restoring/consent.ts';
import type { CliIo } from './io.ts';
import { describeEffects } from './restore-text.ts';
import type { Session } from './session.ts';
import { printable } from './text-table.ts';

/** Shows the plan, and asks for the database's name where there is a terminal. */
export function askConsent(
  { io, output, progress }: Session,
  { isSilent, isSaved }: { isSilent: boolean; isSaved: boolean },
): AskConsent {
  return async (question) => {
    if (isSilent) return null;
    progress.end();
    output.say(describeEffects(question.tables));
    for (const warning of question.warnings) output.say(`Warning: ${printable(warning)}`);
    if (!io.isTerminal) return null;
    const saved = isSaved
      ? 'What is there now is saved first'
      : 'What is there now is NOT saved (--no-safety)';
    output.say(`This changes ${printable(question.database)}. ${saved}.`);
    return readAnswer({ io, question: `Type ${printable(question.confirmName)} to go on: ` });
  };
}

/** What was typed; an end of the input, and Ctrl+C or Ctrl+D in place of an answer, are an empty one. */
export async function readAnswer({ io, question }: { io: CliIo; question: string }): Promise<string> {
  const prompt = createInterface({ input: io.stdin, output: io.stderr, terminal: true });
  const closed = new Promise<string>((resolve) => {
    prompt.once('close', () => resolve(''));
  });
  const options = io.signal === undefined ? {} : { signal: io.signal };
  const answer = prompt.question(question, options).catch((error: unknown) => {
    if (io.signal?.aborted === true || (error as { name?: unknown }).name !== 'AbortError') throw error;
    return '';
  });
  try {
    return (await Promise.race([answer, closed])).trim();
  } finally {
    prompt.close();
  }
}
