import type { PrismaSchema } from '../schema/prisma-schema.ts';
import { readApplication } from './application.ts';
import type { Settings } from './settings.ts';

export interface LoadedPrismaSchema {
  /** Null when the application has no schema that can be read. */
  readonly schema: PrismaSchema | null;
  /** The schema's text without its datasource, for the snapshot. */
  readonly text: string | null;
  /** Why there is none, or what could not be understood. Also those of the search for it. */
  readonly warnings: readonly string[];
}

/** Reads and parses the application's schema. Never rejects for what the schema is or is not. */
export async function loadPrismaSchema(settings: Settings): Promise<LoadedPrismaSchema> {
  const { files, warnings } = await readApplication(settings);
  if (files.length === 0) return { schema: null, text: null, warnings };
  const { parsePrismaSchema } = await import('../schema/parse-prisma-schema.ts');
  const { withoutDatasource } = await import('../schema/without-datasource.ts');
  const schema = await parsePrismaSchema(files);
  return { schema, text: withoutDatasource(files), warnings: [...warnings, ...schema.warnings] };
}
