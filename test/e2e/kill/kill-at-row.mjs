/**
 * Preloaded into the real program (`node --import`): ends it with SIGKILL at a point of a restore into SQLite.
 * HOLDFAST_TEST_KILL_AT is `begin` (the transaction holds the lock, nothing is written), a number (right after the
 * INSERT with which so many rows are in), `commit` (right before COMMIT) or `committed` (right after it). What had
 * been written by then goes to standard error, as JSON.
 */
import { statSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';

const Database = createRequire(new URL('../../../bin/holdfast.js', import.meta.url))('better-sqlite3');
const point = process.env.HOLDFAST_TEST_KILL_AT;
const file = process.env.HOLDFAST_TEST_DATABASE;
const { prepare, exec } = Database.prototype;
let rows = 0;
let statements = 0;
let isRestoring = false;

function sizeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function kill() {
  const files = { database: sizeOf(file), journal: sizeOf(`${file}-journal`), wal: sizeOf(`${file}-wal`) };
  writeSync(2, `${JSON.stringify({ rows, statements, files })}\n`);
  process.kill(process.pid, 'SIGKILL');
  // The signal may need a moment; nothing more may happen in it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

Database.prototype.exec = function (sql) {
  const isOurs = this.name === file;
  if (isOurs && sql === 'COMMIT' && point === 'commit') kill();
  const result = exec.call(this, sql);
  if (isOurs && sql === 'BEGIN IMMEDIATE') isRestoring = true;
  if (isOurs && sql === 'BEGIN IMMEDIATE' && point === 'begin') kill();
  if (isOurs && sql === 'COMMIT' && isRestoring && point === 'committed') kill();
  return result;
};

Database.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  if (!isRestoring || this.name !== file || !/^INSERT INTO/i.test(sql)) return statement;
  const run = statement.run;
  statement.run = function (...parameters) {
    const result = run.apply(this, parameters);
    rows += result.changes;
    statements++;
    if (/^\d+$/.test(point) && rows >= Number(point)) kill();
    return result;
  };
  return statement;
};
