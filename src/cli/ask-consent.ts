import { createInterface } from 'node:readline/promises';
import type { AskConsent } from '../operations/restoring/consent.ts';
import { describeEffects } from './restore-text.ts';
import type { Session } from './session.ts';
import { printable } from './text-table.ts';

/** Shows the plan, and asks for the database's name where there is a terminal. */
export function askConsent(
  { io, output, progress }: Session,
  { isSilent }: { isSilent: boolean },
): AskConsent {
  return async (question) => {
    if (isSilent) return null;
    progress.end();
    output.say(describeEffects(question.tables));
    for (const warning of question.warnings) output.say(`Warning: ${printable(warning)}`);
    if (!io.isTerminal) return null;
    output.say(`This changes ${printable(question.database)}. What is there now is saved first.`);
    const prompt = createInterface({ input: io.stdin, output: io.stderr, terminal: true });
    try {
      const options = io.signal === undefined ? {} : { signal: io.signal };
      return (await prompt.question(`Type ${question.confirmName} to go on: `, options)).trim();
    } finally {
      prompt.close();
    }
  };
}
