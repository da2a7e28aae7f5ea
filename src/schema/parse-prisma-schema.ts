import { buildEnums, buildManyToMany, buildModels, buildRelations } from './build-schema.ts';
import { mergeDatamodels } from './datamodel.ts';
import { readDatasource } from './datasource.ts';
import { runPrismaParser } from './prisma-parser.ts';
import type { PrismaSchema, SchemaFile } from './prisma-schema.ts';
import { scanDatamodel } from './scan-datamodel.ts';
import { scanBlocks } from './schema-block.ts';
import { stripByteOrderMark } from './schema-text.ts';

/**
 * Reads a schema of Prisma 5, 6 or 7, in one file or several. Never rejects: a schema that Prisma's parser refuses is
 * read from its text alone, and a warning says so.
 */
export async function parsePrismaSchema(files: readonly SchemaFile[]): Promise<PrismaSchema> {
  const plain = files.map(({ path, text }) => ({ path, text: stripByteOrderMark(text) }));
  const blocks = plain.flatMap(scanBlocks);
  const scanned = scanDatamodel(blocks);
  const answer = await runPrismaParser(plain, blocks);
  const datamodel = answer.datamodel === null ? scanned : mergeDatamodels(answer.datamodel, scanned);
  return {
    datasource: readDatasource(blocks),
    models: buildModels(datamodel),
    relations: buildRelations(datamodel),
    manyToMany: buildManyToMany(datamodel),
    enums: buildEnums(datamodel),
    warnings:
      answer.reason === null
        ? []
        : [
            `Prisma's parser does not accept the schema (${answer.reason}); names and relations are taken from its text`,
          ],
  };
}
