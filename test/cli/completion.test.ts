import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runBinary } from '../support/cli.ts';
import { Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = new Shop();
  await shop.backUp('before-upgrade');
  await shop.backUp('beta');
});

async function candidates(...typed: readonly string[]): Promise<readonly string[]> {
  const { exitCode, stdout } = await shop.run('completion', 'candidates', '--', ...typed);
  expect(exitCode).toBe(0);
  return stdout === '' ? [] : stdout.trimEnd().split('\n');
}

describe('candidates', () => {
  it.each([
    [['bac'], ['backup']],
    [['un'], ['undo', 'unpin']],
    [['validate', 'b'], ['backup']],
    [['backup', '--ti'], ['--tier']],
    [
      ['backup', '--tier', ''],
      ['daily', 'weekly', 'monthly'],
    ],
    [['backup', '--tier', 'daily', '--tie'], []],
    [
      ['restore', 'b'],
      ['beta', 'before-upgrade'],
    ],
    [['restore', '--on-conflict', 'skip', 'l'], ['latest']],
    [['restore', 'beta', ''], []],
    [['list', '--dir', '/t'], [':files']],
    [['show', '--dir', 'nowhere', ''], ['latest']],
    [['show', '--dir', '=', 'nowhere', ''], ['latest']],
    [['show', '--dir=nowhere', ''], ['latest']],
    [['nonsense', ''], []],
  ])('of %j are %j', async (typed, expected) => {
    const found = await candidates(...typed);
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  it('offer every command, and none that is hidden', async () => {
    const found = await candidates('');
    expect(found).toEqual(expect.arrayContaining(['init', 'backup', 'restore', 'doctor', 'completion']));
    expect(found).not.toContain('help');
    expect(await candidates('completion', '')).toEqual(['bash', 'zsh']);
  });

  it('offer no file name that a shell would take for more than a word', async () => {
    const strange = new Shop();
    mkdirSync(strange.backups);
    writeFileSync(path.join(strange.backups, '$(id) x.json'), '{}');
    const { stdout } = await strange.run('completion', 'candidates', '--', 'show', '');
    expect(stdout).toBe('latest\n');
  });
});

/** What bash has completed for the words, the last of which is being typed. */
function completeInBash(script: string, words: readonly string[]): string[] {
  const probe = `source "$1"; shift
    complete -p holdfast > /dev/null || exit 9
    COMP_WORDS=(holdfast "$@"); COMP_CWORD=$#
    _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const options = {
    cwd: shop.folder,
    env: { ...shop.env, PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
  } as const;
  return execFileSync('bash', ['--norc', '-c', probe, 'bash', script, ...words], options)
    .split('\n')
    .slice(0, -1);
}

it('completes in bash', async () => {
  const { stdout } = await runBinary(['completion', 'bash'], { cwd: shop.folder });
  const script = path.join(shop.folder, 'completion.bash');
  writeFileSync(script, stdout);
  expect(completeInBash(script, ['restore', 'bef'])).toEqual(['before-upgrade']);
  expect(completeInBash(script, ['restore', 'latest', '--allow'])).toEqual(['--allow-schema-changes']);
  expect(completeInBash(script, ['unp'])).toEqual(['unpin']);
});

/** What zsh would add for the words, the last of which is being typed: its widget is called as zsh calls it. */
function completeInZsh(script: string, words: readonly string[]): string[] {
  const probe = `autoload -Uz compinit; compinit -u -D; source $1; shift
    [[ $_comps[holdfast] == _holdfast ]] || exit 9
    compadd() { print -rl -- "\${(@P)2}" }
    words=(holdfast "$@"); CURRENT=$#words
    _holdfast`;
  const options = {
    cwd: shop.folder,
    env: { ...shop.env, PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
  } as const;
  return execFileSync('zsh', ['-f', '-c', probe, 'zsh', script, ...words], options)
    .split('\n')
    .slice(0, -1);
}

const hasZsh = existsSync('/usr/bin/zsh') || existsSync('/bin/zsh');
it.runIf(hasZsh || process.env['CI'] === 'true')('completes in zsh', async () => {
  const { stdout } = await runBinary(['completion', 'zsh'], { cwd: shop.folder });
  const script = path.join(shop.folder, 'completion.zsh');
  writeFileSync(script, stdout);
  expect(completeInZsh(script, ['restore', 'bef'])).toEqual(['before-upgrade']);
  expect(completeInZsh(script, ['unp'])).toEqual(['unpin']);
});
