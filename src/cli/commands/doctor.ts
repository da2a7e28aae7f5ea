import { type DoctorOptions, runDoctor } from '../../api/doctor.ts';
import type { CheckOutcome, DoctorResult } from '../../operations/doctor.ts';
import { countOf } from '../../util/bytes.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';

type DoctorFlags = CommonFlags & DoctorOptions;

export const addDoctor: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('doctor'))
    .description(
      'Looks at Node, the settings, the Prisma schema, the database and the rights of its user, the backup folder, free space, the clock, the schedule, history, channels, encryption and targets, and names a remedy for what is not right. Exit code 4 when there is a finding.',
    )
    .option('--remote', 'also ask the targets whether they can be reached')
    .option('--time-zone <name>', 'the time zone of the schedule (default: BACKUP_TIME_ZONE, else UTC)');
  withExamples(command, ['holdfast doctor', 'holdfast doctor --json | jq ".findings[].hint"']);
  command.action((flags: DoctorFlags) => run('doctor', flags, (session) => examine(session, flags)));
};

async function examine(session: Session, flags: DoctorFlags): Promise<Outcome> {
  const result = await runDoctor(session, { ...flags, cwd: session.io.cwd }, flags);
  return {
    document: result,
    text: describeDoctor(result),
    exitCode: result.ok ? exitCodes.done : exitCodes.findings,
  };
}

function describeDoctor({ ok, checks, findings }: DoctorResult): string {
  return [
    ...checks.map(describeCheck),
    ...findings.flatMap(({ severity, check, message, hint }) => [
      `${severity} ${check}: ${printable(message)}`,
      ...(hint === '' ? [] : [`  ${printable(hint)}`]),
    ]),
    ok ? 'Everything is in place' : `${countOf(findings.length, 'thing')} to put right`,
  ].join('\n');
}

function describeCheck({ check, ok, found }: CheckOutcome): string {
  return `${ok ? 'ok' : '! '} ${check.padEnd(10)} ${printable(found ?? 'could not be checked')}`;
}
