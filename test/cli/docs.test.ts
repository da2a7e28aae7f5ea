import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { errorCodes } from '../../src/errors.ts';
import { projectFolder, runCli } from '../support/cli.ts';
import { makeTempFolder } from '../support/sqlite.ts';

const folder = path.join(projectFolder, 'docs');
const page = readFileSync(path.join(folder, 'CLI.md'), 'utf8');
/** `CLI.md`, and the pages beside it. */
const reference = readdirSync(folder)
  .filter((name) => /^CLI.*\.md$/.test(name))
  .map((name) => readFileSync(path.join(folder, name), 'utf8'))
  .join('\n## \n');

/** Every command that has no commands of its own, by its words. */
async function listCommands(words: readonly string[] = []): Promise<string[]> {
  const [, list = ''] = (await helpOf(words)).split('\nCommands:\n');
  const names = [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1]!);
  const own = names.filter((name) => name !== 'help');
  if (own.length === 0) return [words.join(' ')];
  const below: string[] = [];
  for (const name of own) below.push(...(await listCommands([...words, name])));
  return below;
}

async function helpOf(words: readonly string[]): Promise<string> {
  const { exitCode, stdout } = await runCli([...words, '--help'], { cwd: makeTempFolder() });
  expect(exitCode).toBe(0);
  return stdout;
}

/** The text from the command's heading to the next one of the same kind. */
function sectionOf(command: string): string {
  const start = page.indexOf(`\n## \`holdfast ${command}`);
  return start < 0 ? '' : page.slice(start, page.indexOf('\n## ', start + 4));
}

const everywhere = page.slice(
  page.indexOf('## Options of every command'),
  page.indexOf('## `holdfast backup'),
);

describe('the reference of the command line', () => {
  it.each(errorCodes)('says what %s means and what to do', (code) => {
    const row = reference.split('\n').find((line) => line.startsWith(`| \`${code}\` |`));
    expect(row?.split(' | ').filter((cell) => cell.trim().length > 3)).toHaveLength(3);
  });

  it('has no error code that is not in the closed list', () => {
    const codes = [...reference.matchAll(/^\| `([A-Z]+(?:\.[A-Z_]+)?)` \|/gm)].map((match) => match[1]);
    const known = new Set<string>(errorCodes);
    expect(codes.filter((code) => code?.includes('.') && !known.has(code))).toEqual([]);
  });

  it.each(Object.entries(exitCodes))('explains exit code %s (%i)', (_name, code) => {
    expect(reference).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
  });

  it('names every command', async () => {
    const commands = await listCommands();
    expect(commands).toContain('validate backup');
    const missing = commands.filter((command) => {
      const last = command.split(' ').at(-1)!;
      return !reference.includes(`holdfast ${command}`) && !new RegExp(`[\`|]${last}\\b`).test(reference);
    });
    expect(missing).toEqual([]);
  });

  it.each(['backup', 'list', 'show', 'validate backup', 'restore', 'undo'])(
    'describes every option of %s, and its document',
    async (command) => {
      const section = sectionOf(command);
      const options = [...(await helpOf(command.split(' '))).matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(
        (match) => match[1]!,
      );
      expect(options).toContain('--json');
      const missing = options.filter(
        (option) => ![section, everywhere].some((text) => text.includes(`\`${option}`)),
      );
      expect(missing).toEqual([]);
      expect(section).toMatch(/JSON|as of `restore`/);
    },
  );

  it('describes every option of every other command', async () => {
    const missing: string[] = [];
    for (const command of await listCommands()) {
      const help = await helpOf(command.split(' '));
      for (const [, option] of help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)) {
        if (!new RegExp(`${option}\\b(?!-)`).test(reference)) missing.push(`${command} ${option}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('names every variable of .env.example', () => {
    const example = readFileSync(path.join(projectFolder, '.env.example'), 'utf8');
    const variables = [...example.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map((match) => match[1]!);
    expect(variables.length).toBeGreaterThan(8);
    expect(variables.filter((variable) => !reference.includes(`\`${variable}\``))).toEqual([]);
  });
});
