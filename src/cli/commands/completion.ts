import { programFile } from '../../api/scheduled-program.ts';
import { type AddCommand, type Outcome, withCommonOptions, withExamples } from '../command.ts';
import { type Completion, completeLine } from '../completion.ts';
import { completionScripts, filesLine } from '../completion-scripts.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';

const shells = ['bash', 'zsh'] as const;

export const addCompletion: AddCommand = (program, run) => {
  const completion = program
    .command('completion')
    .description('Lets a shell complete commands, options and names of snapshots.');
  for (const shell of shells) {
    const name = `completion ${shell}`;
    const command = withCommonOptions(completion.command(shell)).summary(`print the script for ${shell}`);
    withExamples(command, [`source <(holdfast ${name})`]);
    command.action((flags: CommonFlags) => run(name, flags, async () => printScript(shell)));
  }
  completion
    .command('candidates', { hidden: true })
    .argument('[words...]')
    .action((words: readonly string[]) => {
      const { completion: found, flags } = completeLine(program, words);
      return run('completion candidates', flags, (session) => offer(session, found, words.at(-1) ?? ''));
    });
};

function printScript(shell: (typeof shells)[number]): Outcome {
  const script = completionScripts[shell]({ node: process.execPath, bin: programFile });
  const document = { command: `completion ${shell}`, ok: true, script };
  return { document, text: script, exitCode: exitCodes.done, isAnswer: true };
}

async function offer(session: Session, completion: Completion, typed: string): Promise<Outcome> {
  const words = (await wordsOf(session, completion)).filter((word) => word.startsWith(typed));
  const lines = completion.kind === 'files' ? [filesLine] : words;
  const document = { command: 'completion candidates', ok: true, lines };
  return { document, text: lines.join('\n'), exitCode: exitCodes.done, isAnswer: true };
}

async function wordsOf({ ports }: Session, completion: Completion): Promise<readonly string[]> {
  if (completion.kind === 'words') return completion.words;
  if (completion.kind === 'files') return [];
  const snapshots = await ports.folder.list({ remake: false });
  // Names that a shell would take for more than a word are of no snapshot of ours.
  return [...snapshots.map(({ name }) => name).filter((name) => /^[\w.-]+$/.test(name)), 'latest'];
}
