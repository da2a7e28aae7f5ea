import { type ListOptions, listAll } from '../../api/list.ts';
import type { ListedSnapshot, ListResult } from '../../operations/list-snapshots.ts';
import type { SyncedTarget } from '../../operations/sync.ts';
import { formatBytes, formatCount } from '../../util/bytes.ts';
import { formatSecond } from '../../util/time-text.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { describeTrouble, formatCopies } from '../offsite-text.ts';
import type { CommonFlags, Session } from '../session.ts';
import { formatTable, printable } from '../text-table.ts';

interface ListFlags extends CommonFlags, ListOptions {}

export const addList: AddCommand = (program, run) => {
  const command = withCommonOptions(program.command('list')).description(
    'Shows the snapshots in the backup folder, the newest first.',
  );
  command.option('--all', 'what is on the targets, too');
  withExamples(command, ['holdfast list', 'holdfast list --json | jq -r ".snapshots[0].path"']);
  command.action((flags: ListFlags) => run('list', flags, (session) => list(session, flags)));
};

async function list(session: Session, flags: ListFlags): Promise<Outcome> {
  const result = await listAll(session, flags);
  if (result.targets !== undefined) return present(result, result.targets);
  return { document: result, text: describeList(result), exitCode: exitCodes.done, isAnswer: true };
}

/** A target that could not be asked is a finding: the answer is not whole. */
function present(result: ListResult, targets: readonly SyncedTarget[]): Outcome {
  const isWhole = targets.every(({ error }) => error === null);
  // A target that did not answer has no rows, and what is here must be seen all the same.
  const here = isWhole ? [] : [describeList(result), ''];
  const text = [...here, formatCopies(targets), ...describeTrouble(targets)].join('\n');
  return { document: result, text, exitCode: isWhole ? exitCodes.done : exitCodes.findings, isAnswer: true };
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
    describeCreated(snapshot),
    snapshot.tiers.join('+') || (snapshot.purpose === 'safety' ? 'safety' : '-'),
    snapshot.rows === null ? '-' : formatCount(snapshot.rows),
    formatBytes(snapshot.bytes),
    describeVerification(snapshot),
    snapshot.tags.map(printable).join(', '),
  ];
}

function describeCreated({ created, encrypted }: ListedSnapshot): string {
  if (created !== null) return formatSecond(created);
  return encrypted ? 'encrypted' : 'not readable';
}

function describeVerification({ verified, verifiedBy, drilled }: ListedSnapshot): string {
  if (drilled !== null) return `drilled ${drilled.slice(0, 10)}`;
  if (verified === null) return 'no';
  return verifiedBy === 'stored bytes' ? 'bytes' : 'yes';
}
