import { type LoadSettingsInput, loadSettings } from '../config/load-settings.ts';
import type { SettingName, Settings } from '../config/settings.ts';
import { AppError } from '../errors.ts';
import type { CliIo } from './io.ts';
import type { Prompt } from './prompt.ts';
import type { CommonFlags, Session } from './session.ts';
import { printable } from './text-table.ts';

interface Question {
  readonly flag: 'dir' | 'retentionDays' | 'timeZone' | 'daily';
  readonly setting: SettingName;
  readonly text: string;
  /** What an empty answer means. */
  readonly proposal: (settings: Settings) => string;
}

const questions: readonly Question[] = [
  { flag: 'dir', setting: 'backupDir', text: 'Backup folder', proposal: ({ backupDir }) => backupDir },
  {
    flag: 'retentionDays',
    setting: 'retentionDays',
    text: 'Days that daily backups stay',
    proposal: ({ retentionDays }) => String(retentionDays),
  },
  {
    flag: 'timeZone',
    setting: 'timeZone',
    text: 'Time zone of the schedule',
    proposal: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
  },
  { flag: 'daily', setting: 'scheduleDaily', text: 'Time of the daily backup', proposal: () => '02:00' },
];

/**
 * The flags with the answers in them. What an option, a file or the environment says is not asked for.
 *
 * @throws AppError CONSENT.MISSING when the person goes away
 */
export async function askForSettings<F extends CommonFlags>(
  { io, output, settings }: Session,
  prompt: Prompt,
  flags: F,
): Promise<F> {
  let answered = flags;
  for (const question of questions) {
    if (settings.origins[question.setting] !== 'default') continue;
    const proposal = question.proposal(settings);
    const accept = async (value: string): Promise<boolean> => {
      const next = { ...answered, [question.flag]: value };
      const problem = await findProblem(settingsInput(io, next));
      if (problem === null) answered = next;
      else output.say(printable(problem));
      return problem === null;
    };
    while (!(await accept(await ask(prompt, `${question.text} [${printable(proposal)}]: `, proposal))));
  }
  return answered;
}

async function ask(prompt: Prompt, question: string, proposal: string): Promise<string> {
  const typed = await prompt.ask(question);
  if (typed !== null) return typed === '' ? proposal : typed;
  throw new AppError('CONSENT.MISSING', 'Nothing was written', {
    hint: 'Without questions: holdfast init --yes',
  });
}

/** Why these flags make no settings; null when they do. */
async function findProblem(input: LoadSettingsInput): Promise<string | null> {
  try {
    await loadSettings(input);
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

export function settingsInput({ cwd, env }: CliIo, flags: CommonFlags): LoadSettingsInput {
  return { cwd, flags, ...(env === undefined ? {} : { env }) };
}
