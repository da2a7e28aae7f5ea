import type { Script } from './bench.ts';
import { NameAllocator } from './names.ts';
import { addBeside, refreshView } from './postgres-beside.ts';
import { addReference, createTable } from './postgres-create.ts';
import type { OwnType, PostgresModel } from './postgres-model.ts';
import {
  damageTable,
  fillReference,
  fillTable,
  forgetParents,
  probeTable,
  setCounter,
} from './postgres-rows.ts';
import { type Context, exactNames, nameTables, quote } from './postgres-table.ts';
import { quoteLiteral } from './postgres-values.ts';

/** Each case has a schema of its own. */
export function renderPostgres(models: readonly PostgresModel[]): Script {
  const schemaNames = new NameAllocator(exactNames, ['public', 'information_schema']);
  const schemas = models.map(({ schema }) => schemaNames.take(/^pg_/i.test(schema) ? `_${schema}` : schema));
  const parts = models.map((model, index) => renderCase(model, schemas[index]!));
  const all = (part: 'create' | 'fill' | 'finish' | 'damage' | 'wipe' | 'probes') =>
    parts.flatMap((one) => one[part]);
  return {
    create: all('create'),
    fill: all('fill'),
    finish: all('finish'),
    damage: all('damage'),
    wipe: all('wipe'),
    probes: all('probes'),
    canCreateSchema: true,
    schemas,
  };
}

type Parts = Omit<Script, 'canCreateSchema' | 'schemas'>;

function renderCase(model: PostgresModel, schemaName: string): Parts {
  const schema = quote(schemaName);
  const names = new NameAllocator(exactNames);
  const used = new Set(
    model.tables.flatMap(({ columns }) => columns.flatMap(({ own }) => (own === null ? [] : [own]))),
  );
  const { own, statements } = makeOwnTypes(schema, names, { used, labels: model.labels });
  const context = { schema, names, own };
  const tables = nameTables(model.tables, context);
  const free = freeSequence(model, context);
  return {
    create: [
      `CREATE SCHEMA ${schema}`,
      ...statements,
      ...free.create,
      ...tables.flatMap((table) => createTable(table, tables, context)),
    ],
    fill: [
      ...tables.flatMap(fillTable),
      ...tables.flatMap(fillReference),
      ...tables.flatMap(setCounter),
      ...free.fill,
    ],
    finish: [...tables.flatMap((table) => addReference(table, context)), ...tables.flatMap(addBeside)],
    damage: [
      ...tables.flatMap(damageTable),
      ...tables.flatMap(forgetParents),
      ...free.damage,
      ...tables.flatMap(refreshView),
    ],
    wipe: [...tables.map(({ name }) => `DELETE FROM ${name}`), ...tables.flatMap(refreshView)],
    probes: tables.flatMap(probeTable),
  };
}

function makeOwnTypes(
  schema: string,
  names: NameAllocator,
  { used, labels }: { readonly used: ReadonlySet<OwnType>; readonly labels: readonly string[] },
): { own: ReadonlyMap<OwnType, string>; statements: string[] } {
  const wanted = new Set(used);
  if (wanted.has('enum domain') || wanted.has('composite')) wanted.add('enum');
  const own = new Map<OwnType, string>();
  const name = (type: OwnType, title: string): string => {
    const quoted = `${schema}.${quote(names.take(title))}`;
    own.set(type, quoted);
    return quoted;
  };
  const statements: string[] = [];
  const add = (type: OwnType, title: string, sql: (quoted: string) => string): void => {
    if (wanted.has(type)) statements.push(sql(name(type, title)));
  };
  add('enum', 'Size "x"', (type) => `CREATE TYPE ${type} AS ENUM (${labels.map(quoteLiteral).join(', ')})`);
  add('enum domain', 'size domain', (type) => `CREATE DOMAIN ${type} AS ${own.get('enum')} DEFAULT 'a'`);
  add('text domain', "it's text", (type) => `CREATE DOMAIN ${type} AS text CHECK (VALUE <> 'forbidden')`);
  add(
    'array domain',
    'list',
    (type) => `CREATE DOMAIN ${type} AS integer[] CHECK (cardinality(VALUE) < 100)`,
  );
  add(
    'composite',
    'row type',
    (type) => `CREATE TYPE ${type} AS ("a b" integer, "t""ext" text, label ${own.get('enum')}, list text[])`,
  );
  add('float range', 'float range', (type) => `CREATE TYPE ${type} AS RANGE (subtype = float8)`);
  add('text range', 'text range', (type) => `CREATE TYPE ${type} AS RANGE (subtype = text, collation = "C")`);
  return { own, statements };
}

function freeSequence({ freeSequence: sequence }: PostgresModel, { schema, names }: Context) {
  if (sequence === null) return { create: [], fill: [], damage: [] };
  const name = `${schema}.${quote(names.take(sequence.name))}`;
  return {
    create: [`CREATE SEQUENCE ${name}`],
    fill: [`SELECT setval(${quoteLiteral(name)}, ${sequence.value}, ${sequence.isCalled})`],
    damage: [`ALTER SEQUENCE ${name} RESTART WITH 99`],
  };
}
