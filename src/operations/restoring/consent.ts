import { AppError } from '../../errors.ts';
import { shellWord } from '../../util/shell-word.ts';
import type { TableEffect } from './plan.ts';

/** What the operator is shown before consent. */
export interface ConsentQuestion {
  readonly command: 'restore' | 'undo';
  readonly snapshot: { readonly name: string; readonly created: string };
  /** The database as people name it: `app on db.example.com:5432`. */
  readonly database: string;
  /** What has to be typed. */
  readonly confirmName: string;
  readonly tables: readonly TableEffect[];
  readonly warnings: readonly string[];
}

/** Shows what would happen, and returns what was typed where a person can answer; null where nobody can. */
export type AskConsent = (question: ConsentQuestion) => Promise<string | null>;

/**
 * Consent to change a database that holds rows is its name, typed or given; nothing else stands for it.
 *
 * @throws AppError RESTORE.CONSENT
 */
export async function requireConsent(
  question: ConsentQuestion,
  { confirm, ask }: { confirm: string | null; ask: AskConsent },
): Promise<void> {
  const typed = confirm ?? (await ask(question));
  if (typed === question.confirmName) return;
  const { command, database, confirmName } = question;
  const given = typed === null || typed === '' ? '' : `, and ${JSON.stringify(typed)} is not its name`;
  throw new AppError(
    'RESTORE.CONSENT',
    `The ${command} would change ${database}, which holds rows${given}; nothing was changed`,
    {
      hint: `If that is what you want, run the command again with: --confirm ${shellWord(confirmName)}`,
    },
  );
}
