import type { AskConsent } from '../operations/restoring/consent.ts';
import type { CliIo } from './io.ts';
import { Prompt } from './prompt.ts';
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
    const { describeEffects } = await import('./restore-text.ts');
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
  const prompt = new Prompt(io);
  try {
    return (await prompt.ask(question)) ?? '';
  } finally {
    prompt.close();
  }
}
