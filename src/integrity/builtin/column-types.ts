import type { PrismaField } from '../../schema/prisma-schema.ts';
import type { KnownColumn } from '../data-facts.ts';

type Family = 'number' | 'text' | 'time' | 'boolean' | 'bytes';

/** What the declared types of columns begin with, for every kind of database; other types fit every field. */
const families: readonly (readonly [RegExp, Family])[] = [
  [/^(?:tinyint\(1\)|bool|boolean|bit\(1\))/i, 'boolean'],
  [
    /^(?:tiny|small|medium|big)?int|^int[248]?|^serial|^(?:big|small)serial|^numeric|^decimal|^real|^float|^double|^money|^oid|^year/i,
    'number',
  ],
  [/^(?:timestamp|datetime|date|time)/i, 'time'],
  [/^(?:var)?char|^character|^n?varchar|^(?:tiny|medium|long)?text|^citext|^clob|^enum|^uuid/i, 'text'],
  [/^(?:bytea|(?:tiny|medium|long)?blob|(?:var)?binary)/i, 'bytes'],
];

/** The families in which a field of each type may be stored. Booleans are numbers to some databases. */
const homes: Readonly<Record<string, readonly Family[]>> = {
  Int: ['number', 'boolean'],
  BigInt: ['number'],
  Decimal: ['number'],
  Float: ['number'],
  String: ['text'],
  DateTime: ['time'],
  Boolean: ['boolean', 'number'],
  Bytes: ['bytes', 'boolean'],
};

/** Whether a field can be stored in a column of this type; only clear contradictions count. */
export function typesFit(field: PrismaField, column: KnownColumn): boolean {
  if (column.encoding === 'cell' || field.isList || field.kind !== 'scalar' || column.type.endsWith('[]'))
    return true;
  const family = families.find(([pattern]) => pattern.test(column.type))?.[1];
  const allowed = homes[field.type];
  return family === undefined || allowed === undefined || allowed.includes(family);
}
