/** bin/holdfast.js with a Google Drive of the test's own, which nothing that a user can set puts in its place. */
import { runProcess } from '../../dist/cli/process.js';

process.exitCode = await runProcess(process, { driveEndpoints: { origin: process.env.FAKE_DRIVE } });
