import type { SchemaFile } from './prisma-schema.ts';
import type { SchemaBlock } from './schema-block.ts';
import { blank } from './schema-text.ts';

/** A path that no application uses, for the generator block that stands for all of the application's. */
const generatorPath = 'holdfast-generator.prisma';

/** The parser of Prisma 7 refuses these in a schema; the address belongs into prisma.config. */
const addressPattern = /^\s*(url|directUrl|shadowDatabaseUrl)\s*=/;

/**
 * Schemas of Prisma 5, 6 and 7 in the form that the parser of Prisma 7 takes: without addresses and generators, with
 * every preview feature on. Line numbers stay, so that its messages point into the real files.
 */
export function prepareForParser(
  files: readonly SchemaFile[],
  blocks: readonly SchemaBlock[],
  previewFeatures: readonly string[],
): readonly (readonly [path: string, text: string])[] {
  const generator = [
    'generator holdfast {',
    '  provider = "holdfast"',
    `  previewFeatures = ${JSON.stringify(previewFeatures)}`,
    '}',
  ];
  return [
    ...files.map((file): [string, string] => {
      const hidden = hiddenLines(blocks.filter(({ path }) => path === file.path));
      const lines = file.text.split('\n');
      return [file.path, lines.map((line, index) => (hidden.has(index) ? blank(line) : line)).join('\n')];
    }),
    [generatorPath, `${generator.join('\n')}\n`],
  ];
}

function hiddenLines(blocks: readonly SchemaBlock[]): ReadonlySet<number> {
  const hidden = new Set<number>();
  for (const block of blocks) {
    if (block.kind === 'generator') {
      for (let index = block.firstLine; index <= block.lastLine; index++) hidden.add(index);
    }
    if (block.kind !== 'datasource') continue;
    for (const line of block.lines) if (addressPattern.test(line.structure)) hidden.add(line.index);
  }
  return hidden;
}
