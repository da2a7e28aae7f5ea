import { AppError } from '../../errors.ts';
import { markersOf } from './crontab-block.ts';

/** How cron and systemd start `auto` for one application; every path is absolute. */
export interface ScheduledProgram {
  readonly node: string;
  /** The program's file. */
  readonly bin: string;
  readonly appFolder: string;
  /** The words of common options that lead to the same settings: `--dir`, `--schema`. */
  readonly options: readonly string[];
  readonly logFile: string;
  /** What the shell of the schedule finds programs in. */
  readonly searchPath: string;
}

/** The lines for a crontab, between their markers. A PATH line of its own would hold for the lines of others, too. */
export function cronBlock(program: ScheduledProgram): readonly string[] {
  const { begin, end } = markersOf(oneLine(program.appFolder));
  const words = commandOf(program).map(quoteForShell).join(' ');
  const log = quoteForShell(program.logFile);
  const command = `umask 077; PATH=${quoteForShell(program.searchPath)} ${words} >> ${log} 2>&1`;
  return [begin, `* * * * * ${oneLine(command).replaceAll('%', '\\%')}`, end];
}

/** A service and its timer, as the two files to put under /etc/systemd/system or ~/.config/systemd/user. */
export function systemdUnits(program: ScheduledProgram): string {
  // Only in a command a dollar sign stands for something.
  const words = commandOf(program).map((word) => quoteForSystemd(word).replaceAll('$', '$$$$'));
  return [
    '# holdfast.service',
    '[Unit]',
    `Description=Holdfast backups of ${oneLine(program.appFolder).replaceAll('%', '%%')}`,
    '',
    '[Service]',
    'Type=oneshot',
    'UMask=0077',
    `Environment=${quoteForSystemd(`PATH=${program.searchPath}`)}`,
    `WorkingDirectory=${oneLine(program.appFolder).replaceAll('%', '%%')}`,
    `ExecStart=${words.join(' ')}`,
    '',
    '# holdfast.timer',
    '[Unit]',
    'Description=Holdfast looks every minute whether a backup is due',
    '',
    '[Timer]',
    'OnCalendar=minutely',
    'Persistent=true',
    '',
    '[Install]',
    'WantedBy=timers.target',
  ].join('\n');
}

function commandOf({ node, bin, appFolder, options }: ScheduledProgram): readonly string[] {
  return [node, bin, 'auto', '--app', appFolder, ...options, '--quiet'];
}

function quoteForShell(word: string): string {
  if (/^[A-Za-z0-9_./:=@+-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function quoteForSystemd(word: string): string {
  const plain = oneLine(word).replaceAll('%', '%%');
  return /^[A-Za-z0-9_./:=@+$%-]+$/.test(plain) ? plain : `"${plain.replace(/["\\]/g, '\\$&')}"`;
}

/** A line break in a path would begin a job of its own. */
function oneLine(text: string): string {
  if (!/[\r\n\0]/.test(text)) return text;
  throw new AppError('SCHEDULE.CRONTAB', `Cannot schedule ${JSON.stringify(text)}: it holds a line break`, {
    hint: 'Rename the folder',
  });
}
