import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../src/util/shell-word.ts';

describe('a word for a shell', () => {
  it.each(['app.db', 'shop', '/srv/app/data.db', 'a-b_c@d'])('stays as it is where it can: %s', (text) => {
    expect(shellWord(text)).toBe(text);
  });

  it.each(['my shop', "o'brien", '$(rm -rf ~)', 'a;b', '`id`', '', '"', '*', 'a\nb', '\\', '!x', '#x', '~'])(
    'is what the shell then gives to the command: %j',
    (text) => {
      expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
    },
  );
});
