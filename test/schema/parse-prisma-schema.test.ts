import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildEnums, buildManyToMany, buildModels, buildRelations } from '../../src/schema/build-schema.ts';
import { parsePrismaSchema } from '../../src/schema/parse-prisma-schema.ts';
import type { PrismaModel, PrismaSchema } from '../../src/schema/prisma-schema.ts';
import { scanDatamodel } from '../../src/schema/scan-datamodel.ts';
import { scanBlocks } from '../../src/schema/schema-block.ts';
import { stripByteOrderMark } from '../../src/schema/schema-text.ts';
import { refusedSchemas, type SchemaSample, validSchemas } from './schemas.ts';

async function parse(title: string): Promise<PrismaSchema> {
  const { files } = [...validSchemas, ...refusedSchemas].find((sample) => sample.title === title)!;
  return parsePrismaSchema(files);
}

/** What the scanner alone makes of the schema. */
function scan({ files }: SchemaSample) {
  const plain = files.map(({ path, text }) => ({ path, text: stripByteOrderMark(text) }));
  const datamodel = scanDatamodel(plain.flatMap(scanBlocks));
  return {
    models: buildModels(datamodel),
    relations: buildRelations(datamodel),
    manyToMany: buildManyToMany(datamodel),
    enums: buildEnums(datamodel),
  };
}

function model(schema: PrismaSchema, name: string): PrismaModel {
  const found = schema.models.find((candidate) => candidate.name === name);
  expect(found, `model ${name}`).toBeDefined();
  return found!;
}

function columns(schema: PrismaSchema, name: string): readonly (string | null)[] {
  return model(schema, name).fields.map(({ column }) => column);
}

describe.each(validSchemas)('a schema $title', (sample) => {
  it("is accepted by Prisma's parser", async () => {
    expect((await parsePrismaSchema(sample.files)).warnings).toEqual([]);
  });

  it('reads the same from its text alone', async () => {
    const { datasource: _, warnings: __, ...parsed } = await parsePrismaSchema(sample.files);
    expect(scan(sample)).toEqual(parsed);
    expect(parsed.models.length).toBeGreaterThan(0);
  });
});

describe.each(refusedSchemas)('a schema $title', ({ files, models }) => {
  it('is read from its text, with a warning of one line', async () => {
    const schema = await parsePrismaSchema(files);
    expect(schema.models.map(({ name }) => name)).toEqual(models);
    expect(schema.warnings).toHaveLength(1);
    expect(schema.warnings[0]).toMatch(
      /^Prisma's parser does not accept the schema \(prisma\/schema\.prisma:\d+: .+\)/,
    );
    expect(schema.warnings[0]).not.toMatch(/[\n\u001b]/);
  });
});

describe('parsePrismaSchema', () => {
  it('names the line of the original file when the parser refuses', async () => {
    const text =
      'generator a {\n  provider = "x"\n}\n\ndatasource db {\n  provider = "sqlite"\n  url = "file:x"\n}\nmodel A {\n  id Int @id\n  oops\n}\n';
    const { warnings } = await parsePrismaSchema([{ path: 'schema.prisma', text }]);
    expect(warnings[0]).toContain('(schema.prisma:11: ');
  });

  it('reads the datasource of Prisma 5', async () => {
    const { datasource } = await parse('of Prisma 5 with addresses, preview features and a view');
    expect(datasource).toEqual({
      provider: 'postgresql',
      url: { env: 'DATABASE_URL' },
      directUrl: { env: 'DIRECT_URL' },
      relationMode: 'foreignKeys',
      schemas: [],
      path: 'prisma/schema.prisma',
    });
  });

  it('reads a literal address', async () => {
    const { datasource } = await parse('of Prisma 6 with the new generator and a literal address');
    expect(datasource?.url).toEqual({ literal: 'file:./dev.db' });
  });

  it('reads database schemas and the relation mode', async () => {
    expect((await parse('with several database schemas')).datasource?.schemas).toEqual(['auth', 'shop']);
    expect((await parse('with relationMode = "prisma"')).datasource?.relationMode).toBe('prisma');
  });

  it('says which file holds the datasource', async () => {
    expect((await parse('in several files')).datasource?.path).toBe('prisma/schema/1.prisma');
  });

  it('gives a schema without a datasource none', async () => {
    const schema = await parsePrismaSchema([{ path: 'a.prisma', text: 'model A {\n  id Int @id\n}\n' }]);
    expect(schema.datasource).toBeNull();
    expect(schema.models).toHaveLength(1);
  });

  it('maps models and fields to tables and columns', async () => {
    const schema = await parse('of Prisma 5 with addresses, preview features and a view');
    expect(model(schema, 'Post').table).toEqual({ schema: null, name: 'posts' });
    expect(columns(schema, 'Post')).toEqual(['id', null, 'author_id', 'created_at', 'touched']);
    const [, , , createdAt, touched] = model(schema, 'Post').fields;
    expect(createdAt).toMatchObject({ defaultNow: true, isUpdatedAt: false });
    expect(touched).toMatchObject({ defaultNow: false, isUpdatedAt: true });
    expect(model(schema, 'User').fields[1]).toMatchObject({ nativeType: 'VarChar(320)', isUnique: true });
    expect(model(schema, 'User').uniques).toEqual([{ fields: ['email'], columns: ['email'] }]);
  });

  it('marks views', async () => {
    const schema = await parse('of Prisma 5 with addresses, preview features and a view');
    expect(schema.models.map(({ name, isView }) => [name, isView])).toEqual([
      ['User', false],
      ['Post', false],
      ['Report', true],
    ]);
  });

  it('keeps unsupported and ignored fields, in the order of the file', async () => {
    const schema = await parse('with what Prisma Client leaves out');
    expect(columns(schema, 'Film')).toEqual(['id', 'full_text', 'place', 'secret', null]);
    const [, fulltext, place, secret] = model(schema, 'Film').fields;
    expect(fulltext).toMatchObject({ kind: 'unsupported', type: 'tsvector', isRequired: true });
    expect(place).toMatchObject({ kind: 'unsupported', type: 'geometry(Point, 4326)', isRequired: false });
    expect(secret).toMatchObject({ kind: 'scalar', type: 'String', isIgnored: true });
  });

  it('keeps ignored models with their relations', async () => {
    const schema = await parse('with what Prisma Client leaves out');
    expect(model(schema, 'Log')).toMatchObject({
      isIgnored: true,
      table: { schema: null, name: 'log' },
      primaryKey: null,
    });
    expect(model(schema, 'Log').fields[0]?.defaultNow).toBe(true);
    expect(schema.relations).toMatchObject([
      { model: 'Log', columns: ['film_id'], parentModel: 'Film', parentColumns: ['id'] },
    ]);
  });

  it('reads composite keys and relations over several columns', async () => {
    const schema = await parse('with composite keys');
    expect(model(schema, 'Line').primaryKey).toEqual({
      fields: ['orderId', 'number'],
      columns: ['order_id', 'number'],
    });
    expect(model(schema, 'Line').uniques.map((unique) => unique.columns)).toEqual([
      ['code', 'number'],
      ['code', 'order_id'],
    ]);
    expect(schema.relations).toMatchObject([
      {
        table: { name: 'Part' },
        columns: ['line_order', 'lineNumber'],
        parentColumns: ['order_id', 'number'],
      },
    ]);
  });

  it('tells a self relation from a many-to-many self relation', async () => {
    const schema = await parse('with self relations');
    expect(schema.relations).toMatchObject([
      { name: 'Family', model: 'Person', columns: ['parent_id'], parentModel: 'Person' },
    ]);
    expect(schema.manyToMany).toEqual([
      {
        name: 'Friends',
        table: { schema: null, name: '_Friends' },
        a: { column: 'A', model: 'Person', table: { schema: null, name: 'Person' }, parentColumns: ['id'] },
        b: { column: 'B', model: 'Person', table: { schema: null, name: 'Person' }, parentColumns: ['id'] },
      },
    ]);
  });

  it('puts a many-to-many table into the schema of the model that comes first by name', async () => {
    const { manyToMany } = await parse('with several database schemas');
    expect(manyToMany).toMatchObject([
      {
        table: { schema: 'shop', name: '_OrderToTag' },
        a: { model: 'Order', table: { schema: 'shop', name: 'orders' } },
        b: { model: 'Tag', table: { schema: 'auth', name: 'Tag' } },
      },
    ]);
  });

  it('orders the sides of a many-to-many table by name, whatever the order of the file', async () => {
    const { manyToMany } = await parse('with two many-to-many relations of one name');
    expect(manyToMany.map(({ table, a, b }) => [table.name, a.model, b.model])).toEqual([
      ['_rel', 'A', 'C'],
      ['_AToB', 'A', 'B'],
    ]);
  });

  it('reads the labels of enums and the schema that they lie in', async () => {
    const schema = await parse('with several database schemas');
    expect(schema.enums).toEqual([
      {
        name: 'Role',
        databaseName: 'roles',
        schema: 'auth',
        values: [
          { name: 'ADMIN', label: 'admin' },
          { name: 'CLERK', label: 'CLERK' },
        ],
      },
    ]);
    expect(model(schema, 'User').fields[2]).toMatchObject({ kind: 'enum', type: 'Role', isList: true });
  });

  it('reads schemas with hostile names', async () => {
    const names = ['a"b', 'new\nline', '__proto__', 'é', '-- x', '}'];
    const fields = names.map((name, index) => `  f${index} Int @map(${JSON.stringify(name)})`);
    const text = `datasource db {\n  provider = "sqlite"\n}\nmodel constructor {\n  id Int @id\n${fields.join('\n')}\n  @@map("__proto__")\n}\n`;
    const sample = { title: '', files: [{ path: 'schema.prisma', text }] };
    expect(
      scan(sample)
        .models[0]?.fields.slice(1)
        .map(({ column }) => column),
    ).toEqual(names);
    expect(scan(sample).models[0]?.table.name).toBe('__proto__');
    const schema = await parsePrismaSchema(sample.files);
    expect(schema.models[0]?.fields.slice(1).map(({ column }) => column)).toEqual(names);
  });
});

describe('a damaged schema', () => {
  it('never makes the parsing fail, and what is whole is read', async () => {
    const whole = '\n}\nmodel Whole {\n  id Int @id\n}\n';
    const samples = fc.constantFrom(
      ...validSchemas.map(({ files }) => files.map(({ text }) => text).join('\n')),
    );
    const junk = fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom('{', '}', '"', '(', ')', '[', ']', '@', '@@', '//', '\\', '\n', ','),
    );
    const property = fc.asyncProperty(
      samples,
      fc.nat(),
      fc.nat(20),
      junk,
      async (text, at, length, insert) => {
        const start = at % text.length;
        const damaged = text.slice(0, start) + insert + text.slice(start + length) + whole;
        const { models } = await parsePrismaSchema([{ path: 'schema.prisma', text: damaged }]);
        fc.pre(!isInComment(damaged));
        expect(models.map(({ name }) => name)).toContain('Whole');
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });
});

/** A block comment that the damage left open hides what follows. */
function isInComment(text: string): boolean {
  return text.lastIndexOf('/*') > text.lastIndexOf('*/');
}

const dataFolder = path.resolve(import.meta.dirname, '../../../shared/data');
const realSchemas = existsSync(dataFolder)
  ? readdirSync(dataFolder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.prisma'))
  : [];

describe('the schemas of real databases', () => {
  if (realSchemas.length === 0)
    it.skip('are not read: there is no ../shared/data beside the checkout', () => {});

  it.each(realSchemas)('%s reads the same by parser and by text', async (name) => {
    const files = [{ path: name, text: readFileSync(path.join(dataFolder, name), 'utf8') }];
    const { datasource, warnings, ...parsed } = await parsePrismaSchema(files);
    expect(warnings).toEqual([]);
    expect(datasource?.provider).toMatch(/^(sqlite|postgresql)$/);
    expect(scan({ title: name, files })).toEqual(parsed);
    expect(parsed.models.length).toBeGreaterThan(10);
  });
});
