import type { Command } from 'commander';
import type { CommonFlags, Session } from './session.ts';

/** What a command has done: the JSON document, the text for people, and what the shell is told. */
export interface Outcome {
  readonly document: object;
  readonly text: string;
  readonly exitCode: number;
  /** The text is what was asked for, not a report of what was done: printed with `--quiet`, too. */
  readonly isAnswer?: boolean;
}

/** Runs the work of a command in a session and presents its outcome. */
export type RunCommand = (
  command: string,
  flags: CommonFlags,
  work: (session: Session) => Promise<Outcome>,
) => Promise<void>;

/** Adds one command to the program. */
export type AddCommand = (program: Command, run: RunCommand) => void;

/** The options that every command has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option(
      '--app <folder>',
      "the application's folder, where .env, prisma.config.* and the schema are looked for",
    )
    .option('--schema <path>', 'the Prisma schema, a file or a folder')
    .option('--config <file>', 'holdfast.config.json, or a prisma.config.*')
    .option('--dir <folder>', 'the backup folder (default: BACKUP_DIR, else backups)')
    .option('--url-env <name>', "the variable that holds the database's URL (default: what the schema names)")
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print nothing when all went well, but what was asked for')
    .option('-v, --verbose', 'with an error, print where it came from');
}

/** What opens encrypted snapshots. */
export function addKeyOptions(command: Command): Command {
  return addPassphraseOptions(
    command.option('--identity <file>', 'the age identity file that opens encrypted snapshots'),
  );
}

/** A passphrase is taken from a file or a descriptor, never from the command line. */
export function addPassphraseOptions(command: Command): Command {
  return command
    .option('--passphrase-file <file>', 'the file that holds the passphrase of encrypted snapshots')
    .option('--passphrase-fd <number>', 'the open descriptor to read the passphrase from');
}

/** Collects a repeatable option; commas separate, too. */
export function collectNames(value: string, former: readonly string[] = []): readonly string[] {
  const names = value.split(',').map((name) => name.trim());
  return [...former, ...names.filter((name) => name !== '')];
}

/** Collects a repeatable option as it is. */
export function collect(value: string, former: readonly string[] = []): readonly string[] {
  return [...former, value];
}

/** Examples under `--help`. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n${examples.map((example) => `  $ ${example}`).join('\n')}`,
  );
}
