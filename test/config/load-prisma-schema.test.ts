import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadPrismaSchema } from '../../src/config/load-prisma-schema.ts';
import { AppFolder } from './app-folder.ts';

let app: AppFolder;
beforeEach(async () => {
  app = await AppFolder.create();
});
afterEach(() => app.remove());

async function load() {
  return loadPrismaSchema(await app.settings());
}

it('reads the models and keeps the text without its datasource', async () => {
  await app.write(
    'prisma/schema.prisma',
    'datasource db {\n  provider = "postgresql"\n  url = "postgresql://u:secret@h/d"\n}\nmodel A {\n  id Int @id\n}\n',
  );
  const { schema, text, warnings } = await load();
  expect(schema?.models.map(({ name }) => name)).toEqual(['A']);
  expect(text).toBe('model A {\n  id Int @id\n}\n');
  expect(warnings).toEqual([]);
});

it('reads all files of a schema folder, in the order of their paths', async () => {
  await app.write('prisma/schema/b.prisma', 'model B {\n  id Int @id\n}\n');
  await app.write('prisma/schema/a/z.prisma', 'model Z {\n  id Int @id\n}\n');
  await app.write('prisma/schema/base.prisma', 'datasource db {\n  provider = "sqlite"\n}\n');
  await app.write('prisma/schema/notes.txt', 'model No {\n');
  const { schema, text } = await load();
  expect(schema?.models.map(({ name }) => name)).toEqual(['Z', 'B']);
  expect(text).toContain('// prisma/schema/a/z.prisma\nmodel Z {');
});

it('warns of a schema that the parser refuses, and reads it all the same', async () => {
  await app.write(
    'schema.prisma',
    'datasource db {\n  provider = "sqlite"\n}\nmodel A {\n  id Int @idd\n}\n',
  );
  const { schema, warnings } = await load();
  expect(schema?.models).toHaveLength(1);
  expect(warnings).toEqual([expect.stringContaining('schema.prisma:5')]);
});

it('warns when there is no schema', async () => {
  expect(await load()).toEqual({
    schema: null,
    text: null,
    warnings: [
      'No Prisma schema was found, so tables go by their database names; name it with --schema <path>',
    ],
  });
});

it('warns when the named schema is missing, or an empty folder', async () => {
  await app.write('db/notes.txt', '');
  for (const [schema, reason] of [
    ['missing.prisma', 'Cannot read the Prisma schema missing.prisma: there is no such file'],
    ['db', 'No .prisma file in the schema folder db'],
  ] as const) {
    const loaded = await loadPrismaSchema(await app.settings({}, { schema }));
    expect(loaded).toEqual({ schema: null, text: null, warnings: [reason] });
  }
});

it.each(['contract.json', 'prisma/contract.ts', 'prisma/contract.prisma', 'src/prisma/contract.json'])(
  'warns that %s of Prisma 8 is not read yet',
  async (file) => {
    await app.write(file, '{}');
    expect((await load()).warnings).toEqual([
      `${file} is a contract of Prisma 8, which is not read yet; the backup is complete all the same`,
    ]);
  },
);
