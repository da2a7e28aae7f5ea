import { AppError } from '../errors.ts';
import type { Crontab } from '../ports/crontab.ts';
import type { Ports } from '../ports/ports.ts';
import { nextDue } from '../retention/periods.ts';
import { formatTierTime, type Schedule } from '../retention/schedule.ts';
import { tiers } from '../snapshot/header.ts';
import { cronBlock, type ScheduledProgram } from './scheduling/cron-lines.ts';
import { blockOf, editCrontab } from './scheduling/crontab-block.ts';

export interface ScheduleRequest {
  readonly schedule: Schedule;
  readonly program: ScheduledProgram;
}

export interface ScheduleChangeRequest extends ScheduleRequest {
  /** Shows the change, and returns whether it is wanted; false where nobody can answer. */
  readonly consent: (change: CrontabChange) => Promise<boolean>;
}

export interface CrontabChange {
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

export interface ScheduleResult {
  readonly command: 'schedule status' | 'schedule install' | 'schedule remove';
  readonly ok: true;
  /** Whether the crontab now holds the lines of this application. */
  readonly installed: boolean;
  /** Whether they are the ones that this version and these settings would write. */
  readonly current: boolean;
  readonly changed: boolean;
  readonly lines: readonly string[];
  readonly zone: string;
  readonly tiers: readonly string[];
  readonly nextScheduled: string | null;
}

interface Surroundings {
  readonly ports: Pick<Ports, 'clock' | 'folder'>;
  readonly crontab: Crontab;
}

/** What the user's crontab says of this application. */
export async function scheduleStatus(
  { ports, crontab }: Surroundings,
  request: ScheduleRequest,
): Promise<ScheduleResult> {
  const found = readBlock(await crontab.read(), request.program);
  return describe('schedule status', { ports, found, changed: false }, request);
}

/**
 * Puts the lines into the user's crontab, or takes them out. Every other line stays byte for byte.
 *
 * @throws AppError CONSENT.MISSING, SCHEDULE.CRONTAB, FOLDER.*; the crontab is then as it was
 */
export async function changeSchedule(
  { ports, crontab }: Surroundings,
  request: ScheduleChangeRequest,
  wanted: 'install' | 'remove',
): Promise<ScheduleResult> {
  const command = `schedule ${wanted}` as const;
  const { program } = request;
  const text = await crontab.read();
  const found = readBlock(text, program);
  const block = wanted === 'install' ? cronBlock(program) : null;
  const next = editCrontab(text, toBytes(program.appFolder), block === null ? null : block.map(toBytes));
  const result = { ports, found: block, changed: next !== text };
  if (next === text) return describe(command, result, request);
  if (!(await request.consent({ removed: found ?? [], added: block ?? [] }))) throw noConsent(wanted);
  // The log's folder has to be there before cron starts the first run.
  if (wanted === 'install') await (await ports.folder.lock()).release();
  await crontab.write(next);
  return describe(command, result, request);
}

function readBlock(text: string, { appFolder }: ScheduledProgram): readonly string[] | null {
  const lines = blockOf(text, toBytes(appFolder));
  return lines === null ? null : lines.map((line) => Buffer.from(line, 'latin1').toString('utf8'));
}

/** A text as the crontab port has it: a character for each byte, so that the lines of others stay what they are. */
function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function noConsent(wanted: 'install' | 'remove'): AppError {
  return new AppError('CONSENT.MISSING', 'The crontab would be changed; it is as it was', {
    hint: `If that is what you want: holdfast schedule ${wanted} --yes`,
  });
}

interface Found {
  readonly ports: Pick<Ports, 'clock'>;
  readonly found: readonly string[] | null;
  readonly changed: boolean;
}

function describe(
  command: ScheduleResult['command'],
  { ports, found, changed }: Found,
  { schedule, program }: ScheduleRequest,
): ScheduleResult {
  return {
    command,
    ok: true,
    installed: found !== null,
    current: found !== null && found.join('\n') === cronBlock(program).join('\n'),
    changed,
    lines: found ?? [],
    zone: schedule.zone,
    tiers: tiers.map((tier) => formatTierTime(schedule, tier)),
    nextScheduled: nextDue(schedule, ports.clock.now())?.toISOString() ?? null,
  };
}
