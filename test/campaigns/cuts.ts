import { cutEverywhere } from '../support/cut-positions.ts';

/** Breaks the connection at every byte of an upload of 4,096 bytes, and of its download. */
const started = performance.now();
const figures = await cutEverywhere({ bytes: 4096, step: 1 });
const seconds = Math.round((performance.now() - started) / 1000);
process.stdout.write(`${JSON.stringify({ ...figures, seconds })}\n`);
const isGood =
  figures.falseSuccesses + figures.duplicates + figures.unrepaired === 0 && figures.unprotected > 0;
process.exitCode = isGood ? 0 : 1;
