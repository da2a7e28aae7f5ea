/**
 * Preloaded into the real program (`node --import`), so that two runs make the same system calls on the same paths: names
 * drawn by lot come from a counter, the process has a number of its own, and the clock begins at HOLDFAST_TEST_CLOCK and goes on a millisecond with every
 * look. HOLDFAST_TEST_DICE keeps the names of two runs in the same folder apart.
 */
import crypto from 'node:crypto';
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const { randomBytes } = crypto;
const dice = Number(process.env.HOLDFAST_TEST_DICE ?? 1);
let drawn = 0;
let now = Date.parse(process.env.HOLDFAST_TEST_CLOCK);

function draw() {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(dice, 0);
  bytes.writeUInt32BE(++drawn, 4);
  return bytes;
}

// Ids and temporary names have eight bytes; whatever is longer is a key or a nonce, and stays random.
crypto.randomBytes = (size, done) => (size === 8 && done === undefined ? draw() : randomBytes(size, done));

const temporary = () => `${(dice % 256).toString(16).padStart(2, '0')}${draw().toString('hex').slice(-4)}`;
promises.mkdtemp = async (prefix) => {
  const folder = `${prefix}${temporary()}`;
  await promises.mkdir(folder, { mode: 0o700 });
  return folder;
};
fs.mkdtempSync = (prefix) => {
  const folder = `${prefix}${temporary()}`;
  fs.mkdirSync(folder, { mode: 0o700 });
  return folder;
};
syncBuiltinESMExports();

// Names of temporary folders hold the number of the process: one that no process can have, and that is alive here.
const number = 4_194_304 + dice;
const { kill } = process;
Object.defineProperty(process, 'pid', { value: number });
process.kill = (pid, signal) => (pid === number && signal === 0 ? true : kill.call(process, pid, signal));

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [now++] : parts));
  }

  static now() {
    return now++;
  }
};
