import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const config = 'test/fixtures/test-command/vitest.config.ts';

/** Runs suites of the fixture as `npm test` does, with servers named where none listens. */
function runTests(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { CI: _, HOLDFAST_REQUIRE_ENGINES: __, ...inherited } = process.env;
  const child = spawnSync(process.execPath, ['scripts/run-tests.mjs', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...inherited,
      HOLDFAST_TEST_POSTGRES_URL: 'postgresql://nobody:secret@127.0.0.1:1/none',
      HOLDFAST_TEST_MYSQL_URL: 'mysql://nobody:secret@127.0.0.1:2/',
      ...environment,
    },
  });
  return {
    exitCode: child.status,
    output: child.stdout,
    lastLine: child.stdout.trimEnd().split('\n').at(-1),
  };
}

describe('a server that cannot be reached', () => {
  it('skips its suites and is named', () => {
    const { exitCode, output, lastLine } = runTests(['--config', config, 'unreachable']);
    expect(lastLine).toBe('1 passed, 0 failed, 3 skipped');
    expect(exitCode).toBe(0);
    expect(output).toContain('Not run: PostgreSQL: cannot be used at 127.0.0.1:1: connect ECONNREFUSED');
    expect(output).toContain('Not run: MariaDB: cannot be used at 127.0.0.1:2: ');
    expect(output).not.toContain('secret');
  });

  it.each([{ CI: 'true' }, { HOLDFAST_REQUIRE_ENGINES: '1' }])('fails the tests with %o', (environment) => {
    const { exitCode, output, lastLine } = runTests(['--config', config, 'unreachable'], environment);
    expect(lastLine).toBe('1 passed, 2 failed, 0 skipped');
    expect(exitCode).toBe(1);
    expect(output).toContain('reaches PostgreSQL');
  });
});

describe('the last line counts as a failure', () => {
  it('a file that cannot be loaded', () => {
    const { exitCode, lastLine } = runTests(['--config', config, 'broken-module']);
    expect(lastLine).toBe('0 passed, 1 failed, 0 skipped');
    expect(exitCode).toBe(1);
  });

  it('a suite whose preparation fails', () => {
    const { exitCode, lastLine } = runTests(['--config', config, 'broken-hook']);
    expect(lastLine).toBe('0 passed, 1 failed, 1 skipped');
    expect(exitCode).toBe(1);
  });

  it('a run that breaks off', () => {
    const { exitCode, lastLine } = runTests(['--config', 'no-such-file.ts']);
    expect(lastLine).toBe('0 passed, 1 failed, 0 skipped');
    expect(exitCode).toBe(1);
  });
});
