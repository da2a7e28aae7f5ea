import { scheduledProgram } from '../../api/scheduled-program.ts';
import type { CrontabChange, ScheduleResult } from '../../operations/schedule.ts';
import type { ScheduledProgram } from '../../operations/scheduling/cron-lines.ts';
import { readAnswer } from '../ask-consent.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';

interface ScheduleFlags extends CommonFlags {
  readonly systemd?: boolean;
  readonly yes?: boolean;
}

const timeZone = [
  '--time-zone <name>',
  'the time zone of the schedule (default: BACKUP_TIME_ZONE, else UTC)',
] as const;

export const addSchedule: AddCommand = (program, run) => {
  const schedule = program.command('schedule').description('Has cron start holdfast auto every minute.');
  const print = withCommonOptions(schedule.command('print'))
    .summary('show the lines for a crontab')
    .option('--systemd', 'a systemd service and its timer instead')
    .option(...timeZone);
  withExamples(print, ['holdfast schedule print', 'holdfast schedule print --systemd']);
  print.action((flags: ScheduleFlags) =>
    run('schedule print', flags, (session) => printSchedule(session, flags)),
  );
  const status = withCommonOptions(schedule.command('status'))
    .summary('say what the crontab holds')
    .option(...timeZone);
  status.action((flags: ScheduleFlags) =>
    run('schedule status', flags, (session) => showStatus(session, flags)),
  );
  for (const wanted of ['install', 'remove'] as const) {
    const what =
      wanted === 'install' ? 'put the lines into the crontab' : 'take the lines out of the crontab';
    const command = withCommonOptions(schedule.command(wanted))
      .summary(`${what} of this user; every other line stays`)
      .option('--yes', 'consent to the change')
      .option(...timeZone);
    withExamples(command, [`holdfast schedule ${wanted} --app /srv/shop`]);
    command.action((flags: ScheduleFlags) =>
      run(`schedule ${wanted}`, flags, (session) => change(session, flags, wanted)),
    );
  }
};

async function printSchedule(session: Session, flags: ScheduleFlags): Promise<Outcome> {
  const { cronBlock, systemdUnits } = await import('../../operations/scheduling/cron-lines.ts');
  const program = programOf(session, flags);
  warnOfShell(session);
  const lines = flags.systemd === true ? systemdUnits(program).split('\n') : cronBlock(program);
  const document = { command: 'schedule print', ok: true, lines };
  return { document, text: lines.join('\n'), exitCode: exitCodes.done, isAnswer: true };
}

async function showStatus(session: Session, flags: ScheduleFlags): Promise<Outcome> {
  const { scheduleStatus } = await import('../../operations/schedule.ts');
  const { schedule } = session.settings;
  const result = await scheduleStatus(await surroundings(session), {
    schedule,
    program: programOf(session, flags),
  });
  return { document: result, text: describeStatus(result), exitCode: exitCodes.done, isAnswer: true };
}

async function change(
  session: Session,
  flags: ScheduleFlags,
  wanted: 'install' | 'remove',
): Promise<Outcome> {
  const { changeSchedule } = await import('../../operations/schedule.ts');
  warnOfShell(session);
  const request = {
    schedule: session.settings.schedule,
    program: programOf(session, flags),
    consent: (shown: CrontabChange) => askForChange(session, shown, flags),
  };
  const { crontab } = await surroundings(session);
  const { runLogged } = await import('../../api/workspace.ts');
  const result = await runLogged(session, `schedule ${wanted}`, (ports) =>
    changeSchedule({ ports, crontab }, request, wanted),
  );
  const done = result.changed ? `The crontab is changed` : `The crontab is as it was: nothing to ${wanted}`;
  return { document: result, text: `${done}\n${describeStatus(result)}`, exitCode: exitCodes.done };
}

async function surroundings({ ports }: Session) {
  const { openCrontab } = await import('../../app.ts');
  return { ports, crontab: await openCrontab() };
}

async function askForChange(
  { io, output, progress }: Session,
  { removed, added }: CrontabChange,
  flags: ScheduleFlags,
): Promise<boolean> {
  if (flags.json !== true) {
    progress.end();
    output.say('In the crontab of this user:');
    for (const line of removed) output.say(`- ${printable(line)}`);
    for (const line of added) output.say(`+ ${printable(line)}`);
  }
  if (flags.yes === true) return true;
  if (flags.json === true || !io.isTerminal) return false;
  return /^y(es)?$/i.test(await readAnswer({ io, question: 'Change it? [y/N] ' }));
}

function describeStatus({ installed, current, zone, tiers, nextScheduled, lines }: ScheduleResult): string {
  const state = current
    ? 'Installed'
    : 'Installed, with other lines than these settings would write; run: holdfast schedule install';
  return [
    installed ? state : 'Not installed; run: holdfast schedule install',
    ...lines.map((line) => `  ${printable(line)}`),
    `Due (${zone}): ${tiers.join(', ')}`,
    `Next: ${nextScheduled === null ? 'nothing' : `${nextScheduled.slice(0, 16).replace('T', ' ')} UTC`}`,
  ].join('\n');
}

function programOf({ settings, io }: Session, flags: ScheduleFlags): ScheduledProgram {
  return scheduledProgram(settings, { ...flags, cwd: io.cwd });
}

/** What is set in this shell alone, cron does not see. */
function warnOfShell({ settings, progress }: Session): void {
  const names = settings.environment
    .names()
    .filter((name) => /^(BACKUP|HOLDFAST)_/.test(name) || name === (settings.urlVariable ?? 'DATABASE_URL'))
    .filter((name) => settings.environment.get(name)?.place === 'the environment');
  if (names.length === 0) return;
  progress.note(
    `Warning: cron will not see ${names.join(', ')} of this shell; put what it needs into the .env of the application`,
  );
}
