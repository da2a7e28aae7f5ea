import type { Command, CommanderError } from 'commander';
import { AppError } from '../errors.ts';

/** The command that a command line names, such as `validate backup`; null when it names none. */
export function commandIn(argv: readonly string[], program: Command): string | null {
  const names: string[] = [];
  let command = program;
  for (const word of argv) {
    const found = command.commands.find((one) => one.name() === word);
    if (found === undefined) continue;
    names.push(word);
    command = found;
  }
  return names.length === 0 ? null : names.join(' ');
}

/** What commander says of a wrong command line, as an error like any other. */
export function explainUsage({ code, message }: CommanderError, command: string | null): AppError {
  const [reason = '', suggestion] = message.replace(/^error: /, '').split(/\n\((.*)\)$/s);
  const help = `Run: holdfast ${command === null ? '' : `${command} `}--help`;
  const what = code === 'commander.help' ? 'no command is given' : reason.trim().replace(/\.$/, '');
  return new AppError('USAGE', `Cannot read the command line: ${what}`, {
    hint: suggestion === undefined ? help : `${suggestion} ${help}`,
  });
}
