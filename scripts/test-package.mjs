/**
 * Packs Holdfast, installs it into a fresh application of Prisma 7 and into one of Prisma 6, and uses it there as a user
 * would; then measures what an install brings. Needs the npm registry, and takes minutes.
 *
 * Prisma's engines are neither downloaded nor needed: both clients are generated with engine type "client". The
 * compiled better-sqlite3 of this checkout is used in place of compiling it anew, unless `--compile` is given.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root, runScript, StepFailed, say } from './process.mjs';
import { compilerEnvironment } from './setup.mjs';

const sqliteVersion = readJson(join(root, 'package.json')).dependencies['better-sqlite3'];

const schemaOf = ({ provider, url }) => `generator client {
  provider   = "${provider}"
  output     = "../generated"
  engineType = "client"
}

datasource db {
  provider = "sqlite"${url}
}

model Product {
  id    Int    @id @default(autoincrement())
  name  String
  price Float
}
`;

const applications = [
  {
    name: 'prisma-7',
    packages: ['prisma@7.10.0', '@prisma/client@7.10.0', '@prisma/adapter-better-sqlite3@7.10.0'],
    schema: schemaOf({ provider: 'prisma-client-js', url: '' }),
    config: `import { defineConfig, env } from 'prisma/config';
export default defineConfig({ schema: 'prisma/schema.prisma', datasource: { url: env('DATABASE_URL') } });
`,
    adapter: 'PrismaBetterSqlite3',
    url: 'file:./prisma/app.db',
  },
  {
    name: 'prisma-6',
    packages: ['prisma@6.19.0', '@prisma/client@6.19.0', '@prisma/adapter-better-sqlite3@6.19.0'],
    schema: schemaOf({ provider: 'prisma-client-js', url: '\n  url      = env("DATABASE_URL")' }),
    config: null,
    adapter: 'PrismaBetterSQLite3',
    url: 'file:./app.db',
  },
];

function main(args) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-package-'));
  try {
    build();
    const tarball = pack(folder);
    const options = { folder, tarball, compiles: args.includes('--compile') };
    for (const application of applications) useIn(application, options);
    measure(options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function pack(folder) {
  const [packed] = JSON.parse(
    inFolder(root, 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]),
  );
  const strays = packed.files
    .map(({ path }) => path)
    .filter((path) => /(^|\/)(test|src|bench|tools)\/|\.env$|\.db$/.test(path));
  if (strays.length > 0) throw new StepFailed(`The package holds what it should not: ${strays.join(', ')}`);
  const bin = packed.files.find(({ path }) => path === 'bin/holdfast.js');
  if ((bin.mode & 0o111) !== 0o111) throw new StepFailed('bin/holdfast.js cannot be started');
  say(`The package: ${packed.size} bytes, unpacked ${packed.unpackedSize} bytes, ${packed.entryCount} files`);
  return join(folder, packed.filename);
}

function useIn(application, { folder, tarball, compiles }) {
  say(`\n== An application of ${application.name}`);
  const app = join(folder, application.name);
  makeApplication(app, application);
  // One copy for the application and for Holdfast: the older one of Prisma 6 is not compiled here.
  const manifest = { name: application.name, private: true, overrides: { 'better-sqlite3': sqliteVersion } };
  writeFileSync(join(app, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  install(app, [...application.packages, tarball], compiles);
  generate(app, application.url);
  inFolder(app, process.execPath, ['seed.cjs']);

  expectText(npx(app, ['holdfast', 'init', '--yes']), 'holdfast backup');
  expectText(npx(app, ['holdfast', '--version']), readJson(join(root, 'package.json')).version);
  expectText(inFolder(app, 'npm', ['run', 'backup']), 'read back and verified');
  const before = inFolder(app, process.execPath, ['read.cjs']);
  inFolder(app, process.execPath, ['spoil.cjs']);
  if (inFolder(app, process.execPath, ['read.cjs']) === before) throw new StepFailed('nothing was spoilt');
  npx(app, ['holdfast', 'restore', 'latest', '--clear-existing', '--confirm', 'app.db']);
  const after = inFolder(app, process.execPath, ['read.cjs']);
  if (after !== before) throw new StepFailed(`restored other rows: ${after} instead of ${before}`);
  say('init, backup and restore by npx; the generated client reads what it read before');

  expectText(inFolder(app, process.execPath, ['require.cjs']), 'snapshots: 2');
  expectText(inFolder(app, process.execPath, ['import.mjs']), 'snapshots: 2');
  checkTypes(app);
  say('import, require and types (bundler, node16, nodenext)');
}

function makeApplication(app, { schema, config, adapter, url }) {
  mkdirSync(join(app, 'prisma'), { recursive: true });
  const write = (name, text) => writeFileSync(join(app, name), text);
  write('prisma/schema.prisma', schema);
  if (config !== null) write('prisma.config.ts', config);
  write('.env', `DATABASE_URL="${url}"\n`);
  const client = `const { PrismaClient } = require('./generated');
const { ${adapter} } = require('@prisma/adapter-better-sqlite3');
const prisma = new PrismaClient({ adapter: new ${adapter}({ url: 'file:./prisma/app.db' }) });
`;
  write(
    'seed.cjs',
    `const database = new (require('better-sqlite3'))('prisma/app.db');
database.exec('CREATE TABLE "Product" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL, "price" REAL NOT NULL)');
const add = database.prepare('INSERT INTO "Product" (name, price) VALUES (?, ?)');
for (let i = 1; i <= 500; i++) add.run('Product ' + i, i / 7);
`,
  );
  write(
    'read.cjs',
    `${client}prisma.product.findMany({ orderBy: { id: 'asc' } })
  .then((rows) => process.stdout.write(rows.length + ' ' + require('node:crypto').createHash('sha256').update(JSON.stringify(rows)).digest('hex')))
`,
  );
  write(
    'spoil.cjs',
    `${client}prisma.product.deleteMany({ where: { id: { gt: 250 } } })
  .then(() => prisma.product.updateMany({ data: { price: 0 } }));
`,
  );
  const list = `openHoldfast().then((holdfast) => holdfast.list()).then(({ snapshots }) => process.stdout.write('snapshots: ' + snapshots.length));\n`;
  write('require.cjs', `const { openHoldfast } = require('holdfast');\n${list}`);
  write('import.mjs', `import { openHoldfast } from 'holdfast';\n${list}`);
  write(
    'types.mts',
    `import { AppError, type BackupResult, openHoldfast, type ProgressEvent } from 'holdfast';
const holdfast = await openHoldfast({ app: '.', env: {} });
const result = await holdfast.backup({ onProgress: (event: ProgressEvent) => void event });
if (result.snapshot !== null) {
  const { snapshot }: BackupResult = result;
  const rows: number = snapshot.rows;
  void rows;
}
// @ts-expect-error an option that there is not
await holdfast.backup({ nome: 'x' });
export const isOurs = (error: unknown): boolean => error instanceof AppError && error.code === 'RUN.LOCKED';
`,
  );
}

function install(app, packages, compiles) {
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel', 'error'];
  inFolder(app, 'npm', ['install', ...quiet, ...(compiles ? [] : ['--ignore-scripts']), ...packages]);
  if (compiles) return;
  const [from, to] = [root, app].map((base) => join(base, 'node_modules/better-sqlite3'));
  if (readJson(join(to, 'package.json')).version !== sqliteVersion)
    throw new StepFailed('another better-sqlite3 was installed');
  cpSync(join(from, 'build/Release/better_sqlite3.node'), join(to, 'build/Release/better_sqlite3.node'));
}

/** Any existing file stands for the engines that the generator looks for and does not use. */
function generate(app, url) {
  const stand = join(app, 'package.json');
  const engines = {
    DATABASE_URL: url,
    PRISMA_SCHEMA_ENGINE_BINARY: stand,
    PRISMA_QUERY_ENGINE_LIBRARY: stand,
  };
  npx(app, ['prisma', 'generate'], { ...engines, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' });
}

function checkTypes(app) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const common = [
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--typeRoots',
    join(root, 'node_modules/@types'),
    '--types',
    'node',
  ];
  for (const [module, resolution] of [
    ['esnext', 'bundler'],
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
  ]) {
    inFolder(app, process.execPath, [
      tsc,
      ...common,
      '--module',
      module,
      '--moduleResolution',
      resolution,
      'types.mts',
    ]);
  }
}

function measure({ folder, tarball }) {
  const app = join(folder, 'alone');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "name": "alone", "private": true }\n');
  install(app, [tarball], true);
  const packages = Object.keys(readJson(join(app, 'node_modules/.package-lock.json')).packages).length;
  say(`\nAn install brings ${packages} packages, ${Math.round(sizeOf(join(app, 'node_modules')) / 1e6)} MB`);
}

function sizeOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

function npx(app, words, env = {}) {
  return inFolder(app, 'npx', ['--no-install', ...words], env);
}

/** What a program prints; its failure is the failure of this script. */
function inFolder(cwd, program, args, env = {}) {
  const { npm_config_local_prefix: _prefix, ...own } = process.env;
  const child = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...compilerEnvironment(own), ...env },
    maxBuffer: 1 << 28,
  });
  if (child.status === 0) return child.stdout;
  const reason = child.error?.message ?? `exit code ${child.status ?? child.signal}`;
  throw new StepFailed(
    `${child.stdout}${child.stderr}\nFailed (${reason}) in ${cwd}: ${program} ${args.join(' ')}`,
  );
}

function expectText(output, text) {
  if (!output.includes(text)) throw new StepFailed(`Not what was expected (${text}):\n${output}`);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

await runScript(main);
