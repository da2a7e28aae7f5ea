/** Runs vitest in a checkout that is set up, and counts what it ran. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMain, root, runScript } from './process.mjs';

export function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  try {
    const summaryFile = join(folder, 'summary.json');
    const exitCode = runVitest(args, summaryFile);
    const summary = readSummary(summaryFile);
    reportSummary(summary);
    process.exitCode = summary.failed > 0 && exitCode === 0 ? 1 : exitCode;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The last line of `npm test`, and before it what could not be run and why. */
export function reportSummary({ passed, failed, skipped, notRun }) {
  for (const reason of notRun) process.stdout.write(`Not run: ${reason}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
}

function runVitest(args, summaryFile) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts/test-summary.mjs')}`];
  const child = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, HOLDFAST_TEST_SUMMARY: summaryFile },
  });
  return child.status ?? 1;
}

/** Without a summary vitest died on the way: that is a failure, whatever passed before. */
function readSummary(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, notRun: ['the run broke off'] };
  return JSON.parse(readFileSync(file, 'utf8'));
}

if (isMain(import.meta.url)) await runScript(runTests);
