/**
 * `npm test`: sets the checkout up, runs the tests, and ends with the line `N passed, N failed, N skipped`.
 * Arguments go to vitest: `npm test -- test/snapshot`.
 */
import { describeFailure, say } from './process.mjs';
import { reportSummary, runTests } from './run-tests.mjs';
import { setUp } from './setup.mjs';

try {
  setUp();
  runTests(process.argv.slice(2));
} catch (error) {
  say(describeFailure(error));
  reportSummary({ passed: 0, failed: 1, skipped: 0, notRun: [] });
  process.exitCode = 1;
}
