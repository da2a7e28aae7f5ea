import { writeFileSync } from 'node:fs';

/** Counts what vitest ran, for the last line of `npm test`. */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default class TestSummary {
  /** A file, a suite or the run that failed outside its tests counts as one failure. */
  onTestRunEnd(modules, unhandledErrors) {
    const summary = { passed: 0, failed: unhandledErrors.length, skipped: 0, notRun: [] };
    for (const module of modules) countModule(module, summary);
    writeFileSync(process.env.HOLDFAST_TEST_SUMMARY, JSON.stringify(summary));
  }
}

function countModule(module, summary) {
  summary.failed += module.errors().length > 0 ? 1 : 0;
  for (const test of module.children.allTests()) summary[test.result().state] += 1;
  for (const suite of module.children.allSuites()) {
    summary.failed += suite.errors().length > 0 ? 1 : 0;
    const reason = /\[not run: (.*)\]$/.exec(suite.name)?.[1];
    if (reason !== undefined && !summary.notRun.includes(reason)) summary.notRun.push(reason);
  }
}
