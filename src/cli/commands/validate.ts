import { validateOne } from '../../api/validate-backup.ts';
import type { ValidateBackupResult } from '../../operations/validate-backup.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { formatDuration } from '../../util/duration.ts';
import { type AddCommand, addKeyOptions, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { printable } from '../text-table.ts';
import { addValidateData } from './validate-data.ts';

export const addValidate: AddCommand = (program, run) => {
  const validate = program.command('validate').description('Proves that something is as it has to be.');
  const command = withCommonOptions(validate.command('backup [snapshot]'))
    .summary('read every byte of a snapshot and check it')
    .description(
      'Reads every byte of a snapshot: every block, every row, every count. Without a name the latest one is read. Exit code 4 and the place when something is damaged.',
    );
  addKeyOptions(command);
  addValidateData(validate, run);
  withExamples(command, [
    'holdfast validate backup',
    'holdfast validate backup ./backups/daily-backup-2026-11-20.json.gz',
  ]);
  command.action((snapshot: string | undefined, flags: CommonFlags) =>
    run('validate backup', flags, (session) => examine(session, snapshot ?? 'latest')),
  );
};

async function examine(session: Session, snapshot: string): Promise<Outcome> {
  const result = await validateOne(session, snapshot);
  return {
    document: result,
    text: describe(result),
    exitCode: result.ok ? exitCodes.done : exitCodes.findings,
  };
}

function describe({ ok, snapshot, verifiedBy, findings, durationMs }: ValidateBackupResult): string {
  const time = formatDuration(durationMs);
  if (ok && verifiedBy === 'stored bytes') {
    return [
      `${printable(snapshot.name)} is stored as it was written: ${formatBytes(snapshot.bytes)} compared with the checksum in ${time}`,
      'It is encrypted, and no key was given: nothing was decoded',
      `Next: holdfast validate backup ${printable(snapshot.name)} --identity <file>`,
    ].join('\n');
  }
  if (ok) {
    const rows = snapshot.rows === null ? '' : `${countOf(snapshot.rows, 'row')}, `;
    return `${printable(snapshot.name)} is good: ${rows}${formatBytes(snapshot.bytes)}, every byte checked in ${time}`;
  }
  return [
    `${printable(snapshot.name)} is damaged: ${countOf(findings.length, 'finding')} in ${time}`,
    ...findings.map(
      (finding) =>
        `  ${finding.check}${finding.table === null ? '' : ` in ${printable(finding.table)}`}: ${printable(finding.message)}`,
    ),
    'Next: holdfast list, and use another snapshot',
  ].join('\n');
}
