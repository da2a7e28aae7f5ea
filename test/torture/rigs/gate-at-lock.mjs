/**
 * Preloaded into the real program (`node --import`): its first try for the run lock waits at a gate, so that all
 * processes of a trial try at the same moment, and the one that got the lock waits at a second gate, so that it still
 * holds it when the last one tries. HOLDFAST_TEST_GATE is a folder, HOLDFAST_TEST_RUNNER a name in it.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const Database = createRequire(import.meta.url)('better-sqlite3');
const { exec } = Database.prototype;
const gate = process.env.HOLDFAST_TEST_GATE;
const runner = process.env.HOLDFAST_TEST_RUNNER;
const clock = new Int32Array(new SharedArrayBuffer(4));
let hasTried = false;

function tell(what) {
  writeFileSync(path.join(gate, `${what}-${runner}`), '');
}

function waitFor(name) {
  while (!existsSync(path.join(gate, name))) Atomics.wait(clock, 0, 0, 1);
}

Database.prototype.exec = function (sql) {
  const isTry = !hasTried && path.basename(this.name) === '.holdfast.lock' && /^BEGIN/.test(sql);
  if (!isTry) return exec.call(this, sql);
  hasTried = true;
  tell('ready');
  waitFor('open');
  try {
    exec.call(this, sql);
  } catch (error) {
    tell('lost');
    throw error;
  }
  tell('won');
  waitFor('leave');
  return this;
};
