import { findModel } from '../schema/find-model.ts';
import type { PrismaModel, PrismaSchema } from '../schema/prisma-schema.ts';
import type { TableName } from '../snapshot/table.ts';

/** The application's Prisma schema, as far as it was found and could be read. */
export interface AppSchema {
  readonly schema: PrismaSchema;
  /** Its text without the datasource, which may hold a password. */
  readonly text: string;
  /** The database schema of models that name none. */
  readonly defaultSchema: string;
}

/** The model of a table; null when the schema does not know it, or there is no schema. */
export function modelOf(appSchema: AppSchema | null, table: TableName): PrismaModel | null {
  return appSchema === null ? null : findModel(appSchema.schema, table, appSchema.defaultSchema);
}
