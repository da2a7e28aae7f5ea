import type { LeftOut, SchemaStatement } from '../../snapshot/table.ts';
import type { PostgresConnection } from './connection.ts';
import { defineConstraints, defineIndexes } from './definition-constraints.ts';
import { defineSequences } from './definition-sequences.ts';
import { defineTables } from './definition-tables.ts';
import { defineTypes } from './definition-types.ts';
import { quoteIdentifier } from './quoting.ts';
import { type RootRelation, withPartitions } from './relations.ts';

/** The statements that make an empty database hold the tables, and what had to stay out of them. */
export interface Definition {
  readonly statements: readonly SchemaStatement[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Reads how the tables are made, as the server itself prints it under an empty `search_path`. What depends on
 * functions of the application (defaults, checks, indexes) is left out and named, since those are not stored.
 */
export async function readDefinition(
  connection: PostgresConnection,
  schemas: readonly string[],
  relations: readonly RootRelation[],
): Promise<Definition> {
  const oids = withPartitions(relations)
    .filter((one) => one.kind !== 'foreign')
    .map((one) => one.oid);
  const constraints = await defineConstraints(connection, oids);
  const tables = await defineTables(connection, oids);
  const indexes = await defineIndexes(connection, oids);
  const sequences = await defineSequences(connection, schemas, oids);
  return {
    statements: [
      ...schemas.map(defineSchema),
      ...(await defineTypes(connection, schemas)),
      ...sequences.create,
      ...tables.statements,
      ...sequences.own,
      ...constraints.local,
      ...indexes.statements,
      ...constraints.foreign,
    ],
    leftOut: [...tables.leftOut, ...constraints.leftOut, ...indexes.leftOut],
  };
}

function defineSchema(name: string): SchemaStatement {
  return { kind: 'schema', name, sql: `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(name)}` };
}
