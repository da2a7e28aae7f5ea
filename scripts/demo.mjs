/**
 * `npm run demo`: from a fresh clone to a shop whose data was lost and is back. Makes everything itself and proves the
 * result with its own means. Options: `--rows <number>`, `--folder <where>`.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root, run, runScript, StepFailed } from './process.mjs';
import { setUp } from './setup.mjs';

const databaseName = 'stocktake.db';
const marker = '.made-by-holdfast-demo';
const fewestRows = 1000;
const usualFolder = join(root, 'demo-data');

async function demo(args) {
  const options = readOptions(args);
  setUp();
  // Only now are the packages there that this module needs.
  const shop = await import('./demo/shop.mjs');
  const places = prepareFolder(options.folder);
  const holdfast = (...words) => runHoldfast(words, places);

  say(`Stocktake is a small shop application on Prisma. Its database goes to\n${places.database}`);
  step('The shop opens: migrations are applied and rows are filled in.');
  runTypeScript(['prisma/demo/create.ts', places.database, String(options.rows)], places);
  const before = shop.digestDatabase(places.database);

  step('Take a backup: one file, with a checksum beside it.');
  holdfast('backup', '--description', 'Before the accident', '--tag', 'demo');
  step('See which snapshots there are.');
  holdfast('list');
  step('Look into the newest one.');
  holdfast('show', 'latest');
  step('Check every byte, every block and every count of it.');
  holdfast('validate', 'backup', 'latest');

  step('Now something terrible happens to the database.');
  for (const sentence of shop.damage(places.database)) say(`  - ${sentence}`);
  const damaged = shop.digestDatabase(places.database);

  step('Ask what a restore would do. Nothing is written.');
  holdfast('restore', 'latest', '--clear-existing', '--dry-run');
  step("Restore. The database's name is the consent; without it nothing happens.");
  holdfast('restore', 'latest', '--clear-existing', '--confirm', databaseName);

  step('Is every row back? Compared without Holdfast, value by value, on the database file itself.');
  prove(shop, { before, damaged, after: shop.digestDatabase(places.database) });
  step('Can the application go on? Prisma Client reads and writes the restored database.');
  runTypeScript(['prisma/demo/check-client.ts'], places);
  sayWhatNext(places);
}

function readOptions(args) {
  const { values } = parseOptions(args);
  const rows = Number(values.rows);
  if (!Number.isSafeInteger(rows) || rows < fewestRows) {
    throw new StepFailed(`--rows takes a whole number from ${fewestRows}, not ${values.rows}`);
  }
  return { rows, folder: resolve(process.env.INIT_CWD ?? '.', values.folder) };
}

function parseOptions(args) {
  const options = {
    rows: { type: 'string', default: '20000' },
    folder: { type: 'string', default: usualFolder },
  };
  try {
    return parseArgs({ args, options });
  } catch (error) {
    throw new StepFailed(`${error.message}\nUsage: npm run demo -- [--rows <number>] [--folder <where>]`);
  }
}

/** An empty folder, or one that an earlier demo made: only what that one made is taken away. */
function prepareFolder(folder) {
  const places = { folder, database: join(folder, databaseName), backups: join(folder, 'backups') };
  const isOurs = existsSync(join(folder, marker));
  if (!isOurs && existsSync(folder) && readdirSync(folder).length > 0) {
    throw new StepFailed(`${folder} is not empty. Choose another: npm run demo -- --folder <new folder>`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, marker), 'npm run demo makes this folder anew each time.\n');
  for (const suffix of ['', '-wal', '-shm', '-journal'])
    rmSync(`${places.database}${suffix}`, { force: true });
  rmSync(places.backups, { recursive: true, force: true });
  mkdirSync(places.backups);
  return places;
}

function runHoldfast(words, places) {
  const args = ['bin/holdfast.js', ...words, '--app', 'prisma/demo'];
  say(`$ node ${args.map(quoteForShell).join(' ')}\n`);
  run(process.execPath, args, { env: environment(places) });
}

function quoteForShell(word) {
  return /^[\w./@:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function runTypeScript(args, places) {
  run(process.execPath, ['--import', 'tsx', ...args], { env: environment(places) });
}

/** Settings of the person who runs the demo must not reach it, nor the demo their database. */
function environment(places) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(BACKUP|HOLDFAST|DATABASE)_/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    DATABASE_URL: `file:${places.database}`,
    BACKUP_DIR: places.backups,
  };
}

function prove(shop, states) {
  const touched = shop.differences(states.before, states.damaged);
  if (touched.length === 0) throw new StepFailed('The accident changed nothing, so the demo proves nothing');
  const lost = shop.differences(states.before, states.after);
  for (const line of shop.describeStates(states)) say(line);
  if (lost.length > 0)
    throw new StepFailed(`The restored database differs from the one before in: ${lost.join(', ')}`);
  say(
    `\nAll ${Object.keys(states.before).length} parts are as they were; the accident had changed ${touched.length}.`,
  );
}

function sayWhatNext(places) {
  step('What to try next:');
  const suggest = (what, words) =>
    say(`  ${what}:\n    ${settingsFor(places)}node bin/holdfast.js ${words}\n`);
  suggest('Go back to the damaged shop', `undo --app prisma/demo --confirm ${databaseName}`);
  suggest('Print products out of the snapshot', 'show latest --rows Product --limit 5 --app prisma/demo');
  const program = quoteForShell(join(root, 'bin/holdfast.js'));
  say(`  Back up your own application:\n    cd /path/to/your/application && node ${program} backup\n`);
  say(`All that the demo made is in ${places.folder}; delete that folder when you like.`);
}

/** The shop's own configuration knows the usual folder. */
function settingsFor(places) {
  if (places.folder === usualFolder) return '';
  const url = quoteForShell(`file:${places.database}`);
  return `DATABASE_URL=${url} BACKUP_DIR=${quoteForShell(places.backups)} `;
}

let steps = 0;

function step(sentence) {
  steps++;
  say(`\n${steps}. ${sentence}`);
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

await runScript(demo);
