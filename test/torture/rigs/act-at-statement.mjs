/**
 * Preloaded into the real program (`node --import`): when it is about to run its n-th statement on the database file,
 * or on its private copy, something happens to that file. HOLDFAST_TEST_DATABASE is the file, HOLDFAST_TEST_ACT_AT the
 * number (0: never), HOLDFAST_TEST_ACT_KIND what happens: `sql` (another connection runs HOLDFAST_TEST_ACT_SQL), `hold`
 * (another connection takes the lock and keeps it), `full` (the file may not grow any more). At its end the program's
 * standard error gets one line of JSON: how many statements there were, and what became of it (`done`, `locked`).
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';

const Database = createRequire(import.meta.url)('better-sqlite3');
const file = process.env.HOLDFAST_TEST_DATABASE;
const at = Number(process.env.HOLDFAST_TEST_ACT_AT);
const { prepare, exec, pragma } = Database.prototype;
let statements = 0;
let outcome = null;
let isActing = false;
/** Kept open until the program ends. */
let held = null;

function count(database) {
  if (isActing || (database.name !== file && !/copy\.db$/.test(database.name))) return;
  statements++;
  if (statements !== at) return;
  isActing = true;
  outcome = acts[process.env.HOLDFAST_TEST_ACT_KIND ?? 'sql'](database);
  isActing = false;
}

function tryOn(other, statements) {
  try {
    for (const sql of statements) other.exec(sql);
    return 'done';
  } catch (error) {
    return error.code === 'SQLITE_BUSY' ? 'locked' : String(error);
  }
}

const acts = {
  sql() {
    const other = new Database(file, { timeout: 50 });
    const said = tryOn(other, JSON.parse(process.env.HOLDFAST_TEST_ACT_SQL));
    other.close();
    return said;
  },
  hold() {
    held = new Database(file, { timeout: 50 });
    return tryOn(held, ['BEGIN EXCLUSIVE']);
  },
  full(database) {
    const pages = pragma.call(database, 'page_count', { simple: true });
    pragma.call(database, `max_page_count = ${pages}`);
    return 'done';
  },
};

Database.prototype.prepare = function (...args) {
  count(this);
  const statement = prepare.apply(this, args);
  for (const method of ['run', 'get', 'all', 'iterate']) {
    const original = statement[method];
    statement[method] = (...parameters) => {
      count(this);
      return original.apply(statement, parameters);
    };
  }
  return statement;
};
for (const [name, original] of Object.entries({ exec, pragma })) {
  Database.prototype[name] = function (...args) {
    count(this);
    return original.apply(this, args);
  };
}
process.on('exit', () => {
  held?.close();
  writeSync(2, `${JSON.stringify({ statements, outcome })}\n`);
});
