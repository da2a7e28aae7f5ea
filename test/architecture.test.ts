import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  findCycles,
  findHiddenImports,
  findLevelBreaks,
  findStrayClients,
  findStrayPackages,
} from './support/architecture-imports.ts';
import {
  findEngineConditions,
  findStrayCode,
  findStrayNodeImports,
  findStrayWrites,
  type WritingException,
} from './support/architecture-rules.ts';
import { parseSource, readSources, type Source } from './support/architecture-source.ts';

const sources = readSources(dirname(import.meta.dirname));

const writingExceptions: readonly WritingException[] = [
  {
    path: 'src/util/scratch-file.ts',
    reason:
      'scratch of one run under a random name, removed at its end, so no reader can meet it half written',
  },
];

/** Made-up files, given as path and text in turn. */
function made(files: Readonly<Record<string, string>>): Source[] {
  return Object.entries(files).map(([path, text]) => parseSource(path, text));
}

it('reads the sources of the program', () => {
  expect(sources.map(({ path }) => path)).toContain('src/app.ts');
  expect(sources.find(({ path }) => path === 'src/ports/database.ts')?.imports).toContainEqual({
    from: '../snapshot/rows.ts',
    isType: true,
    clause: '{ RowSource }',
  });
});

describe('the scanner', () => {
  it('sees imports of every form', () => {
    const [source] = made({
      'src/a.ts': `import one from './one.ts';
        import { type Two, two } from './two.ts';
        import type { Three } from './three.ts';
        import './four.ts';
        export * from './five.ts';
        export type { Six } from './six.ts';
        const seven = await import('./seven.ts');
        type Eight = typeof import('./eight.ts');
        const nine = require('nine');`,
    });
    expect(source!.imports.map(({ from, isType }) => [from, isType])).toEqual([
      ['./one.ts', false],
      ['./two.ts', false],
      ['./three.ts', true],
      ['./four.ts', false],
      ['./five.ts', false],
      ['./six.ts', true],
      ['./seven.ts', false],
      ['./eight.ts', true],
      ['nine', false],
    ]);
  });

  it('takes nothing in comments, strings and regular expressions for code', () => {
    const text = `// console.log("a")
      /* new Date() */
      const text = 'process.env' + "console.log" + \`Date.now() \${inner('console.x')} console.y\`;
      const found = /console\\.log['"/]/.test(text) && 4 / 2 / 1;`;
    expect(findStrayCode(made({ 'src/util/a.ts': text }))).toEqual([]);
  });

  it('takes the code inside a template for code', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template within the source that is scanned
    const text = 'const text = `at ${{ a: Date.now() }.a} and ${`${console.log()}`} o’clock`;';
    expect(findStrayCode(made({ 'src/util/a.ts': text })).map(({ rule }) => rule)).toEqual([
      'console',
      'clock',
    ]);
  });
});

describe('levels', () => {
  it('hold in every import', () => {
    expect(findLevelBreaks(sources)).toEqual([]);
  });

  it.each([
    ['errors', 'src/errors.ts', './util/bytes.ts'],
    ['util', 'src/util/bytes.ts', '../snapshot/rows.ts'],
    ['snapshot', 'src/snapshot/rows.ts', '../ports/ports.ts'],
    ['snapshot above schema', 'src/snapshot/rows.ts', '../schema/prisma-schema.ts'],
    ['an adapter that imports an adapter', 'src/storage/local/store.ts', '../../config/settings.ts'],
    ['an engine that imports another', 'src/database/mysql/engine.ts', '../sqlite/engine.ts'],
    ['an operation that opens a database', 'src/operations/backup.ts', '../database/sqlite/engine.ts'],
    ['a command that opens a database', 'src/cli/commands/backup.ts', '../../database/sqlite/engine.ts'],
    ['an adapter that imports an operation', 'src/database/sqlite/engine.ts', '../../operations/backup.ts'],
    ['app that imports a command', 'src/app.ts', './cli/run.ts'],
    ['bin beyond cli', 'bin/holdfast.js', '../dist/app.js'],
    ['a folder that no level names', 'src/services/mail.ts', '../errors.ts'],
  ])('are broken by %s', (_what, path, from) => {
    expect(findLevelBreaks(made({ [path]: `import { a } from '${from}';` }))).toHaveLength(1);
  });

  it('let an engine share what stands beside the engines, and bin start the command line', () => {
    const files = {
      'src/database/mysql/engine.ts': `import { a } from '../quoting.ts';`,
      'src/database/engines.ts': `import { a } from './mysql/engine.ts';`,
      'bin/holdfast.js': `import { main } from '../dist/cli/main.js';`,
    };
    expect(findLevelBreaks(made(files))).toEqual([]);
  });

  it('are broken by ports that import a value', () => {
    const value = made({ 'src/ports/run.ts': `import { tableId } from '../snapshot/table.ts';` });
    const type = made({ 'src/ports/run.ts': `import type { TableName } from '../snapshot/table.ts';` });
    expect(findLevelBreaks(value)).toHaveLength(1);
    expect(findLevelBreaks(type)).toEqual([]);
  });
});

describe('import cycles', () => {
  it('do not exist', () => {
    expect(findCycles(sources)).toEqual([]);
  });

  it('are found through three files and type imports', () => {
    const files = made({
      'src/util/a.ts': `import { b } from './b.ts';`,
      'src/util/b.ts': `import type { C } from './c.ts';`,
      'src/util/c.ts': `export { a } from './a.ts';`,
      'src/util/d.ts': `import { a } from './a.ts';`,
    });
    expect(findCycles(files).map(({ detail }) => detail)).toEqual([
      'src/util/a.ts → src/util/b.ts → src/util/c.ts → src/util/a.ts',
    ]);
  });
});

describe('imports whose target is not written down', () => {
  it('do not exist, other than of the configuration of the application', () => {
    expect(findHiddenImports(sources)).toEqual([]);
  });

  it.each([
    'await import(name);',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template within the source that is scanned
    'await import(`./${name}.ts`);',
    'createRequire(import.meta.url); require(name);',
  ])('are caught: %s', (text) => {
    expect(findHiddenImports(made({ 'src/operations/backup.ts': text }))).toHaveLength(1);
    expect(findHiddenImports(made({ 'src/config/prisma-config.ts': text }))).toEqual([]);
  });
});

describe('packages', () => {
  it('are imported only where they belong', () => {
    expect([...findStrayPackages(sources), ...findStrayClients(sources)]).toEqual([]);
  });

  it.each([
    ['pg', 'src/operations/backup.ts'],
    ['pg', 'src/database/mysql/engine.ts'],
    ['pg-copy-streams', 'src/database/sqlite/engine.ts'],
    ['better-sqlite3', 'src/snapshot/difference.ts'],
    ['mariadb', 'src/database/postgres/engine.ts'],
    ['@prisma/client/runtime/library', 'src/operations/backup.ts'],
    ['@prisma/prisma-schema-wasm', 'src/config/settings.ts'],
    ['commander', 'src/operations/backup.ts'],
    ['chalk', 'src/app.ts'],
    ['ora', 'src/util/progress.ts'],
    ['zod', 'src/snapshot/manifest.ts'],
    ['left-pad', 'src/util/bytes.ts'],
    ['constructor', 'src/util/bytes.ts'],
    ['fs', 'src/util/bytes.ts'],
  ])('are caught: %s in %s', (name, path) => {
    expect(findStrayPackages(made({ [path]: `import { a } from '${name}';` }))).toHaveLength(1);
  });

  it('are caught when loaded late', () => {
    const files = made({ 'src/cli/run.ts': `const { Client } = await import('pg');` });
    expect(findStrayPackages(files)).toHaveLength(1);
  });

  it('are caught when a generated Prisma Client brings them', () => {
    const text = `import { PrismaClient } from '../../prisma/generated/client.ts';`;
    expect(findStrayClients(made({ 'src/operations/backup.ts': text }))).toHaveLength(1);
    expect(findStrayClients(made({ 'src/history/open.ts': text }))).toEqual([]);
  });
});

describe('environment, console and clock', () => {
  it('are used only where they belong', () => {
    expect([...findStrayCode(sources), ...findStrayNodeImports(sources)]).toEqual([]);
  });

  it.each([
    ['environment', 'src/cli/run.ts', 'const a = process.env.HOME;'],
    ['environment', 'src/app.ts', `const a = process['env'];`],
    ['environment', 'src/app.ts', 'const { env } = process;'],
    ['console', 'src/cli/output.ts', 'console.log(1);'],
    ['console', 'src/config/read.ts', `console['error'](1);`],
    ['console', 'src/util/a.ts', 'const { log } = console;'],
    ['clock', 'src/operations/backup.ts', 'const now = new Date();'],
    ['clock', 'src/cli/run.ts', 'const now = new Date;'],
    ['clock', 'src/snapshot/name.ts', 'const now = Date.now();'],
    ['clock', 'src/snapshot/name.ts', 'const now = Date();'],
  ])('are caught: %s in %s by %s', (rule, path, text) => {
    expect(findStrayCode(made({ [path]: text })).map((finding) => finding.rule)).toEqual([rule]);
  });

  it('are caught when imported by name', () => {
    expect(
      findStrayNodeImports(made({ 'src/app.ts': `import { argv, env } from 'node:process';` })),
    ).toHaveLength(1);
    expect(findStrayNodeImports(made({ 'src/app.ts': `import { log } from 'node:console';` }))).toHaveLength(
      1,
    );
  });

  it('are free in their own places', () => {
    const files = made({
      'src/config/environment.ts': 'export const a = process.env.HOME;',
      'src/app.ts': 'export const clock = { now: () => new Date() };',
      'src/util/a.ts': `const a = new Date(5); const b = Date.UTC(1, 2); type C = Date; process.stdout.write('');`,
    });
    expect(findStrayCode(files)).toEqual([]);
  });
});

describe('names of engines', () => {
  it('stand in no condition outside database and config', () => {
    expect(findEngineConditions(sources)).toEqual([]);
  });

  it.each([
    `if (provider === 'sqlite') go();`,
    `const a = 'mysql' !== provider ? 1 : 2;`,
    `switch (provider) { case 'postgresql': go(); }`,
    `if (url.startsWith('postgres')) go();`,
    `if (['mysql', 'mariadb'].includes(provider)) go();`,
    'if (/^(mysql|mariadb):/.test(url)) go();',
    'if (provider === `sqlite`) go();',
  ])('are caught: %s', (text) => {
    const findings = findEngineConditions(made({ 'src/operations/restore.ts': text }));
    expect(findings.length).toBeGreaterThan(0);
    expect(findEngineConditions(made({ 'src/config/url.ts': text }))).toEqual([]);
  });

  it('may stand in types, messages, registries and error codes', () => {
    const text = `if (code === 'SQLITE_BUSY') wait();
      type Provider = 'sqlite' | 'mysql';
      const registry = { sqlite: () => import('./database/sqlite/engine.ts') };
      throw new Error('postgresql is not there');`;
    expect(findEngineConditions(made({ 'src/app.ts': text }))).toEqual([]);
  });
});

describe('local files', () => {
  it('are written only through the atomic file and where a reason is given', () => {
    expect(findStrayWrites(sources, writingExceptions)).toEqual([]);
  });

  it('have no exception that is no longer needed', () => {
    const unneeded = writingExceptions.filter(({ path }) => {
      const others = writingExceptions.filter((exception) => exception.path !== path);
      return findStrayWrites(sources, others).length === 0;
    });
    expect(unneeded).toEqual([]);
  });

  it.each([
    `import { writeFile } from 'node:fs/promises'; await writeFile('a', 'b');`,
    `import { createWriteStream } from 'node:fs'; createWriteStream('a');`,
    `import { rename } from 'node:fs/promises'; await rename('a', 'b');`,
    `import * as fs from 'node:fs'; fs.writeFileSync('a', 'b');`,
    `import fs from 'node:fs'; fs.writeFileSync('a', 'b');`,
    `const { writeFileSync } = await import('node:fs');`,
    `import { open } from 'node:fs/promises'; await open(join('a', 'b'), 'wx');`,
    `import { open } from 'node:fs/promises'; await open('a', flags);`,
    `import { openSync } from 'node:fs'; openSync('a', 'r+', 0o600);`,
  ])('are caught: %s', (text) => {
    expect(findStrayWrites(made({ 'src/operations/backup.ts': text }), [])).toHaveLength(1);
  });

  it('may be read, listed and deleted anywhere', () => {
    const text = `import { open, readFile, rm, stat } from 'node:fs/promises';
      import type { FileHandle } from 'node:fs/promises';
      const file = await open(join('a', 'b'), 'r');
      const other = await open('c');
      await database.open('d', 'w');`;
    expect(findStrayWrites(made({ 'src/snapshot/reader.ts': text }), [])).toEqual([]);
  });
});
