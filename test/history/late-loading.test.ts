import { posix } from 'node:path';
import { expect, it } from 'vitest';
import { readSources } from '../support/architecture-source.ts';
import { projectFolder } from '../support/cli.ts';

const sources = new Map(readSources(projectFolder).map((source) => [source.path, source]));

/** Everything that is loaded with a file: what `import()` names comes later, or never. */
function loadedWith(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const { from, isType, clause } of sources.get(path)?.imports ?? []) {
    if (isType || clause === '') continue;
    loadedWith(from.startsWith('.') ? posix.join(posix.dirname(path), from) : from, seen);
  }
  return seen;
}

it('sees what a file loads', () => {
  expect(loadedWith('src/history/open-history.ts')).toContain('@prisma/adapter-better-sqlite3');
  expect(loadedWith('src/notify/mail.ts')).toContain('nodemailer');
});

const heavy = /^(@prisma\/|nodemailer|zod|better-sqlite3|src\/(history|notify)\/)/;

it('loads neither history nor channels with a session', () => {
  const loaded = [...loadedWith('src/cli/open-session.ts')];
  expect(loaded).toContain('src/app.ts');
  expect(loaded.filter((name) => heavy.test(name))).toEqual([]);
});

const programs = [...sources.keys()].filter((path) => /^src\/cli\/(main|commands\/[^/]+)\.ts$/.test(path));

it.each(programs)('opens no session and reads no settings with %s: its help needs none', (path) => {
  const loaded = [...loadedWith(path)];
  expect(loaded).toContain('src/cli/exit-codes.ts');
  const early = /^src\/(app|cli\/open-session|cli\/recording)\.ts$|^src\/(config|storage|host|operations)\//;
  expect(loaded.filter((name) => heavy.test(name) || early.test(name))).toEqual([]);
});
