import type { FieldType, ValueKind } from '../ports/check-query.ts';
import type { PrismaField } from '../schema/prisma-schema.ts';
import type { CheckedTable } from './data-facts.ts';

const kinds: Readonly<Record<string, ValueKind>> = {
  Int: 'integer',
  BigInt: 'integer',
  Decimal: 'decimal',
  Float: 'real',
  String: 'text',
  DateTime: 'instant',
  Boolean: 'boolean',
};

const fieldTypes: Readonly<Record<string, FieldType>> = {
  Int: 'integer',
  BigInt: 'integer',
  Decimal: 'decimal',
  Float: 'real',
  String: 'text',
  DateTime: 'instant',
  Boolean: 'boolean',
  Bytes: 'bytes',
  Json: 'json',
};

/** A time of day is no instant. */
const timeOfDay = /^Time(tz)?(\(|$)/i;

export function kindOfField({ kind, type, isList, nativeType }: PrismaField): ValueKind {
  if (isList) return 'other';
  if (kind === 'enum') return 'text';
  if (nativeType !== null && timeOfDay.test(nativeType)) return 'other';
  return kind === 'scalar' ? (kinds[type] ?? 'other') : 'other';
}

/** What the stored value has to be; null where any will do. */
export function typeOfField({ kind, type }: PrismaField): FieldType | null {
  if (kind === 'enum') return 'text';
  return kind === 'scalar' ? (fieldTypes[type] ?? null) : null;
}

/** The kind of a column; `other` where no field stands for it. */
export function kindOfColumn(table: CheckedTable, column: string): ValueKind {
  const field = table.model?.fields.find((candidate) => candidate.column === column);
  return field === undefined ? 'other' : kindOfField(field);
}
