import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A step of a script that failed; its message is for the person at the terminal, so no stack is shown. */
export class StepFailed extends Error {}

/** One line about what a script is doing. On stderr, so that a result on stdout stays clean. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a program of this checkout with its output going through.
 *
 * @throws StepFailed when it cannot start or does not exit with 0
 */
export function run(program, args, options = {}) {
  const { stdio = 'inherit', env = process.env, shell = false } = options;
  const child = spawnSync(program, args, {
    cwd: root,
    stdio,
    env,
    shell,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (child.status === 0) return child.stdout;
  const output = [child.stdout, child.stderr].filter(Boolean).join('\n').trim();
  const reason =
    child.error?.message ?? (child.signal ? `ended by ${child.signal}` : `exit code ${child.status}`);
  const command = [program === process.execPath ? 'node' : program, ...args].join(' ');
  throw new StepFailed([output, `Failed (${reason}): ${command}`].filter(Boolean).join('\n'));
}

/** What a person has to read of a failure: the stack only where the script itself is wrong. */
export function describeFailure(error) {
  return error instanceof StepFailed ? error.message : (error?.stack ?? String(error));
}

/** Runs the main function of a script and turns a failure into a message and exit code 1. */
export async function runScript(main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    say(describeFailure(error));
    process.exitCode = 1;
  }
}

/** Whether the module was started as a program, not imported. */
export function isMain(url) {
  return process.argv[1] !== undefined && fileURLToPath(url) === realpathSync(process.argv[1]);
}
