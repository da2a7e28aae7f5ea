import type { Datasource, SchemaFile, UrlSource } from './prisma-schema.ts';
import { readString, readStringList } from './schema-attribute.ts';
import { type SchemaBlock, scanBlocks } from './schema-block.ts';
import { stripByteOrderMark } from './schema-text.ts';

/** The datasource of a schema, without loading Prisma's parser; null when the schema has none. */
export function scanDatasource(files: readonly SchemaFile[]): Datasource | null {
  return readDatasource(
    files.flatMap(({ path, text }) => scanBlocks({ path, text: stripByteOrderMark(text) })),
  );
}

/** The first datasource block; null when the schema has none. */
export function readDatasource(blocks: readonly SchemaBlock[]): Datasource | null {
  const block = blocks.find(({ kind }) => kind === 'datasource');
  if (block === undefined) return null;
  const properties = readProperties(block);
  return {
    provider: readString(properties.get('provider')) ?? null,
    url: readUrl(properties.get('url')),
    directUrl: readUrl(properties.get('directUrl')),
    relationMode: readString(properties.get('relationMode')) === 'prisma' ? 'prisma' : 'foreignKeys',
    schemas: readStringList(properties.get('schemas')),
    path: block.path,
  };
}

function readProperties(block: SchemaBlock): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  let last = '';
  for (const line of block.lines) {
    const assignment = /^\s*(\w+)\s*=/.exec(line.structure);
    // A list of schemas may go on over several lines.
    if (assignment === null) properties.set(last, `${properties.get(last) ?? ''} ${line.code.trim()}`);
    if (assignment === null) continue;
    last = assignment[1]!;
    properties.set(last, line.code.slice(assignment[0].length).trim());
  }
  return properties;
}

function readUrl(value: string | undefined): UrlSource | null {
  const variable = readString(/^env\s*\(\s*(".*")\s*\)$/.exec(value ?? '')?.[1]);
  if (variable !== undefined) return { env: variable };
  const literal = readString(value);
  return literal === undefined ? null : { literal };
}
