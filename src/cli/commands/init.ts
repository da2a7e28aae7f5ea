import { initApplication } from '../../api/init.ts';
import type { InitResult } from '../../operations/init.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';

interface InitFlags extends CommonFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export const addInit: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('init'))
    .description(
      'Writes holdfast.config.json, the missing lines of .env, npm scripts, a line of .gitignore, and makes the backup folder. What is there stays as it is, so it may be repeated. Asks on a terminal; otherwise takes the options, and the defaults.',
    )
    .option('--retention-days <days>', 'how long daily snapshots stay (default 30)')
    .option('--time-zone <name>', 'the time zone of the schedule (default UTC)')
    .option('--daily <time>', 'when the daily snapshot is due (default 02:00)')
    .option('-y, --yes', 'ask nothing: take the options, and the defaults')
    .option('--dry-run', 'show what would be written; write nothing');
  withExamples(command, [
    'holdfast init',
    'holdfast init --yes --dir /var/backups/shop --time-zone Europe/Berlin',
    'holdfast init --dry-run',
  ]);
  command.action((flags: InitFlags) => run('init', flags, (session) => setUp(session, flags)));
};

async function setUp(session: Session, flags: InitFlags): Promise<Outcome> {
  const { io } = session;
  const isAsking = io.isTerminal && flags.json !== true && flags.yes !== true;
  const result = isAsking
    ? await setUpAsking(session, flags)
    : await initApplication(session, { ...flags, cwd: io.cwd }, { dryRun: flags.dryRun === true });
  // Whoever was asked has seen the plan.
  const plan = isAsking && !result.dryRun ? [] : describePlan(result);
  return { document: result, text: [...plan, ...describeNext(result)].join('\n'), exitCode: exitCodes.done };
}

async function setUpAsking(session: Session, flags: InitFlags): Promise<InitResult> {
  const { askForSettings, settingsInput } = await import('../init-questions.ts');
  const { Prompt } = await import('../prompt.ts');
  const { loadSettings } = await import('../../config/load-settings.ts');
  const { openWorkspace } = await import('../../api/open-workspace.ts');
  const { io, output, progress, ports } = session;
  const { signal } = ports;
  const prompt = new Prompt(io);
  try {
    const answered = await askForSettings(session, prompt, flags);
    const settings = await loadSettings(settingsInput(io, answered));
    const workspace = openWorkspace({ settings, progress, ...(signal === undefined ? {} : { signal }) });
    const consent = async (plan: InitResult): Promise<boolean> => {
      output.say(describePlan(plan).join('\n'));
      return /^(y(es)?)?$/i.test((await prompt.ask('Write this? [Y/n] ')) ?? 'no');
    };
    const call = { ...answered, cwd: io.cwd };
    return await initApplication(workspace, call, { dryRun: flags.dryRun === true }, consent);
  } finally {
    prompt.close();
  }
}

const actions = { create: 'create', add: 'add to', keep: 'leave' } as const;

function describePlan({ files, folder, warnings, database }: InitResult): readonly string[] {
  return [
    ...warnings.map((warning) => `Warning: ${printable(warning)}`),
    ...(database === null ? [] : [`Database: ${printable(database)}`]),
    ...files.flatMap(({ action, path, added, kept }) => [
      `  ${actions[action].padEnd(6)} ${printable(path)}${added.length === 0 ? '' : `: ${added.join(', ')}`}`,
      ...kept.map((what) => `         stays: ${printable(what)}`),
    ]),
    `  ${folder.created ? 'make  ' : 'leave '} ${printable(folder.path)}`,
  ];
}

function describeNext({ dryRun, crontab, next }: InitResult): readonly string[] {
  return [
    dryRun ? 'Nothing was written (--dry-run)' : 'Done. For the crontab:',
    ...crontab.map((line) => `  ${printable(line)}`),
    'Next:',
    ...next.map((step) => `  ${step}`),
    'Copies elsewhere ("targets") and encryption ("holdfast keys new"): docs/CLI-offsite.md, docs/CLI-encryption.md',
  ];
}
