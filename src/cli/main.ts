import { Command, CommanderError } from 'commander';
import { reportable } from '../api/interruption.ts';
import { AppError, describeError } from '../errors.ts';
import { oneLine } from '../util/one-line.ts';
import { readVersion } from '../util/version.ts';
import type { Outcome, RunCommand } from './command.ts';
import { addCommands } from './commands.ts';
import { exitCodeOf, exitCodes, isOutsideFault } from './exit-codes.ts';
import type { CliIo } from './io.ts';
import { Output } from './output.ts';
import type { CommonFlags } from './session.ts';
import { printable } from './text-table.ts';
import { commandIn, explainUsage } from './usage.ts';

/**
 * Runs one command line.
 *
 * @param argv the words behind the program's name
 * @returns the exit code (docs/CLI.md); never throws and never exits
 */
export async function run(argv: readonly string[], io: CliIo): Promise<number> {
  const output = new Output(io);
  let exitCode: number = exitCodes.done;
  const runCommand: RunCommand = async (command, flags, work) => {
    exitCode = await runInSession(command, { io, output, flags }, work);
  };
  const program = await buildProgram(output, runCommand, argv);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    exitCode = isHelp(error) ? exitCodes.done : reportUsage(error, program, { io, output, argv });
  }
  try {
    await output.flush();
  } catch (error) {
    return report(error, { io, output });
  }
  return exitCode;
}

async function buildProgram(
  output: Output,
  runCommand: RunCommand,
  argv: readonly string[],
): Promise<Command> {
  const program = new Command('holdfast')
    .description('Backups that you can trust, for any application built on Prisma.')
    .version(readVersion())
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({
      writeOut: (text) => output.result(text.trimEnd()),
      writeErr: (text) => output.say(text.trimEnd()),
      // Said by `reportUsage`, in the form that was asked for.
      outputError: () => undefined,
    });
  await addCommands(program, runCommand, argv[0]);
  return program;
}

/** Help or the version was asked for, and printed. */
function isHelp(error: unknown): boolean {
  return (
    error instanceof CommanderError &&
    ['commander.helpDisplayed', 'commander.version', 'commander.help'].includes(error.code) &&
    error.exitCode === 0
  );
}

interface RunContext {
  readonly io: CliIo;
  readonly output: Output;
  readonly flags?: CommonFlags;
  readonly command?: string | null;
}

/** Reports a command line that commander has refused; its flags are not parsed then. */
function reportUsage(
  error: unknown,
  program: Command,
  { io, output, argv }: { io: CliIo; output: Output; argv: readonly string[] },
): number {
  const command = commandIn(argv, program);
  const flags = argv.includes('--json') ? { json: true } : {};
  const usage = error instanceof CommanderError ? explainUsage(error, command) : error;
  return report(usage, { io, output, flags, command });
}

async function runInSession(
  command: string,
  { io, output, flags }: RunContext & { flags: CommonFlags },
  work: Parameters<RunCommand>[2],
): Promise<number> {
  try {
    // Not with the program: help and a wrong command line need no session.
    const { openSession } = await import('./open-session.ts');
    const session = await openSession(io, output, flags);
    try {
      const { reportUnfinished } = await import('./unfinished.ts');
      await reportUnfinished(session, command);
      const outcome = await work(session);
      session.progress.end();
      present(outcome, flags, output);
      if (session.settings.notifications !== null) {
        const { tellOfFindings } = await import('./tell-findings.ts');
        await tellOfFindings(session, outcome.document);
      }
      return outcome.exitCode;
    } finally {
      session.progress.end();
    }
  } catch (error) {
    return report(error, { io, output, flags, command });
  }
}

function present({ document, text, exitCode, isAnswer }: Outcome, flags: CommonFlags, output: Output): void {
  if (flags.json === true) output.result(JSON.stringify(document));
  else if (text === '') return;
  else if (flags.quiet !== true || isAnswer === true || exitCode !== exitCodes.done) output.result(text);
}

/** Says what went wrong, in the form that was asked for, and returns the exit code. */
function report(thrown: unknown, { io, output, flags, command }: RunContext): number {
  const isInterrupted = io.signal?.aborted === true;
  const error = reportable(thrown, io.signal);
  const { code, message, hint } = describeFailure(error);
  if (flags?.json === true) {
    output.result(JSON.stringify({ command, ok: false, error: { code, message, hint } }));
  } else {
    output.say(`holdfast: ${spellMessage(message, code)}`);
    if (hint !== null) output.say(`  ${printable(oneLine(hint))}`);
  }
  if (code === 'BUG' || flags?.verbose === true) output.say(stackOf(thrown));
  return isInterrupted && io.interruptCode !== undefined ? io.interruptCode() : exitCodeOf(error);
}

/** On one line; but the mark under a fault in a rule has to stay below it. */
function spellMessage(message: string, code: string): string {
  if (code !== 'RULE.SYNTAX') return `${printable(oneLine(message))} [${code}]`;
  const [first = '', ...rest] = message.split('\n').map(printable);
  return [`${first} [${code}]`, ...rest].join('\n');
}

function describeFailure(error: unknown): { code: string; message: string; hint: string | null } {
  if (error instanceof AppError)
    return { code: error.code, message: error.message, hint: error.hint ?? null };
  if (isOutsideFault(error)) return { code: 'SYSTEM', message: describeError(error), hint: null };
  const hint = 'This is a bug in Holdfast, not a mistake of yours; please report it with the lines below';
  return { code: 'BUG', message: describeError(error), hint };
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error));
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  const lines = (error.stack ?? error.message).split('\n');
  return `${lines.map(printable).join('\n')}${cause}`;
}
