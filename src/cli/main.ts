import { Command, CommanderError } from 'commander';
import { readVersion } from '../app.ts';
import { AppError, describeError } from '../errors.ts';
import type { Outcome, RunCommand } from './command.ts';
import { commands } from './commands.ts';
import { exitCodeOf, exitCodes, isOutsideFault } from './exit-codes.ts';
import type { CliIo } from './io.ts';
import { Output } from './output.ts';
import { type CommonFlags, openSession } from './session.ts';
import { reportUnfinished } from './unfinished.ts';

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
  try {
    await buildProgram(output, runCommand).parseAsync(argv, { from: 'user' });
  } catch (error) {
    exitCode = error instanceof CommanderError ? usageCode(error) : report(error, { io, output });
  }
  try {
    await output.flush();
  } catch (error) {
    return report(error, { io, output });
  }
  return exitCode;
}

function buildProgram(output: Output, runCommand: RunCommand): Command {
  const program = new Command('holdfast')
    .description('Backups that you can trust, for any application built on Prisma.')
    .version(readVersion())
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => output.result(text.trimEnd()),
      writeErr: (text) => output.say(text.trimEnd()),
    });
  for (const add of commands) add(program, runCommand);
  return program;
}

/** Help was asked for: done. Everything else that commander throws is a wrong command line. */
function usageCode({ code }: CommanderError): number {
  return code === 'commander.helpDisplayed' || code === 'commander.version'
    ? exitCodes.done
    : exitCodes.failed;
}

interface RunContext {
  readonly io: CliIo;
  readonly output: Output;
  readonly flags?: CommonFlags;
  readonly command?: string;
}

async function runInSession(
  command: string,
  { io, output, flags }: RunContext & { flags: CommonFlags },
  work: Parameters<RunCommand>[2],
): Promise<number> {
  try {
    const session = await openSession(io, output, flags);
    try {
      await reportUnfinished(session, command);
      const outcome = await work(session);
      session.progress.end();
      present(outcome, flags, output);
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
  else if (flags.quiet !== true || isAnswer === true || exitCode !== exitCodes.done) output.result(text);
}

/** Says what went wrong, in the form that was asked for, and returns the exit code. */
function report(thrown: unknown, { io, output, flags, command }: RunContext): number {
  const isInterrupted = io.signal?.aborted === true;
  const error = isInterrupted ? io.signal?.reason : thrown;
  const { code, message, hint } = describeFailure(error);
  if (flags?.json === true) {
    output.result(JSON.stringify({ command, ok: false, error: { code, message, hint } }));
  } else {
    output.say(`holdfast: ${message} [${code}]`);
    if (hint !== null) output.say(`  ${hint}`);
  }
  if (code === 'BUG' || flags?.verbose === true) output.say(stackOf(thrown));
  return isInterrupted && io.interruptCode !== undefined ? io.interruptCode() : exitCodeOf(error);
}

function describeFailure(error: unknown): { code: string; message: string; hint: string | null } {
  if (error instanceof AppError)
    return { code: error.code, message: error.message, hint: error.hint ?? null };
  if (isOutsideFault(error)) return { code: 'SYSTEM', message: describeError(error), hint: null };
  const hint = 'This is a bug in Holdfast, not a mistake of yours; please report it with the lines below';
  return { code: 'BUG', message: describeError(error), hint };
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
