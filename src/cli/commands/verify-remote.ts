import { type VerifyRemoteOptions, verifyCopies } from '../../api/verify-remote.ts';
import type { VerifyRemoteResult } from '../../operations/verify-remote.ts';
import { isEncryptedFile } from '../../snapshot/name.ts';
import { countOf, formatBytes } from '../../util/bytes.ts';
import { formatDuration } from '../../util/duration.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { formatTable, printable } from '../text-table.ts';

type VerifyFlags = CommonFlags & Omit<VerifyRemoteOptions, 'snapshot'>;

export const addVerifyRemote: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('verify-remote [snapshot]'))
    .description(
      'Reads the newest copy of each target back, or the one that is named, and compares every byte with what was stored. Nothing is kept. Exit code 4 when something is wrong.',
    )
    .option('--target <name>', 'only this target')
    .option('--all', 'every copy, not only the newest');
  withExamples(command, ['holdfast verify-remote', 'holdfast verify-remote --target s3 --all']);
  command.action((snapshot: string | undefined, flags: VerifyFlags) =>
    run('verify-remote', flags, (session) =>
      verify(session, { ...flags, ...(snapshot === undefined ? {} : { snapshot }) }),
    ),
  );
};

async function verify(session: Session, options: VerifyRemoteOptions): Promise<Outcome> {
  const result = await verifyCopies(session, options);
  return {
    document: result,
    text: describe(result),
    exitCode: result.ok ? exitCodes.done : exitCodes.findings,
  };
}

function describe({ copies, findings, durationMs }: VerifyRemoteResult): string {
  const rows = copies.map(({ target, name, bytes, ok }) => [
    target,
    printable(name),
    formatBytes(bytes),
    ok ? 'good' : 'DAMAGED',
  ]);
  return [
    ...(rows.length === 0 ? [] : [formatTable(['Target', 'Name', 'Size', ''], rows, [2])]),
    ...findings.map(({ check, message }) => `  ${check}: ${printable(message)}`),
    ...(copies.some(({ file }) => isEncryptedFile(file))
      ? ['Encrypted copies were compared by their stored bytes; nothing was decoded']
      : []),
    `${copies.length} ${copies.length === 1 ? 'copy' : 'copies'} read in ${formatDuration(durationMs)}, ${countOf(findings.length, 'finding')}`,
  ].join('\n');
}
