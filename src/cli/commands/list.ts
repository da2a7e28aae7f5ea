import type { ListedSnapshot, ListResult } from '../../operations/list-snapshots.ts';
import { formatBytes, formatCount } from '../../util/bytes.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { formatTable, printable } from '../text-table.ts';

export const addList: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('list'))
    .summary('show the snapshots in the backup folder')
    .description('Shows the snapshots in the backup folder, the newest first.');
  withExamples(command, ['holdfast list', 'holdfast list --json | jq -r ".snapshots[0].path"']);
  command.action((flags: CommonFlags) => run('list', flags, list));
};

async function list({ ports }: Session): Promise<Outcome> {
  const { listSnapshots } = await import('../../operations/list-snapshots.ts');
  const result = await listSnapshots(ports);
  return { document: result, text: describeList(result), exitCode: exitCodes.done, isAnswer: true };
}

function describeList({ folder, snapshots }: ListResult): string {
  if (snapshots.length === 0) return `No snapshots yet in ${printable(folder)}\nNext: holdfast backup`;
  const head = ['Name', 'Id', 'Taken (UTC)', 'Tier', 'Rows', 'Size', 'Verified', 'Tags'];
  return formatTable(head, snapshots.map(describeRow), [4, 5]);
}

function describeRow(snapshot: ListedSnapshot): readonly string[] {
  return [
    printable(snapshot.name),
    snapshot.id?.slice(0, 8) ?? '-',
    snapshot.created?.slice(0, 19).replace('T', ' ') ?? 'not readable',
    snapshot.tier ?? (snapshot.purpose === 'safety' ? 'safety' : '-'),
    snapshot.rows === null ? '-' : formatCount(snapshot.rows),
    formatBytes(snapshot.bytes),
    snapshot.verified === null ? 'no' : 'yes',
    snapshot.tags.map(printable).join(', '),
  ];
}
