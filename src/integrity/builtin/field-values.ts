import type { Condition, Expression } from '../../ports/check-query.ts';
import type { CheckName, Severity } from '../../ports/check-settings.ts';
import type { PrismaField } from '../../schema/prisma-schema.ts';
import { countOf } from '../../util/bytes.ts';
import { type Check, placeOf, rowsWhere } from '../check.ts';
import { type CheckedTable, type DataFacts, type KnownColumn, nameOf, storedFields } from '../data-facts.ts';
import { kindOfField, typeOfField } from '../value-kind.ts';
import { rangeOf } from './value-range.ts';

interface StoredField {
  readonly table: CheckedTable;
  readonly field: PrismaField;
  readonly column: KnownColumn;
}

/** What is wrong with some values of a field; null where nothing can be. */
type Doubt = {
  readonly where: Condition;
  /** Ends the sentence `3 rows of Order: Order.total …`. */
  readonly message: string;
  readonly hint: string | null;
} | null;

interface FieldCheck {
  readonly name: CheckName;
  readonly severity: Severity;
  readonly doubt: (stored: StoredField, facts: DataFacts) => Doubt;
}

const fieldChecks: readonly FieldCheck[] = [
  { name: 'required-empty', severity: 'error', doubt: doubtRequired },
  { name: 'blank-text', severity: 'warning', doubt: doubtBlank },
  { name: 'unknown-enum-value', severity: 'error', doubt: doubtEnum },
  { name: 'wrong-type', severity: 'error', doubt: doubtType },
  { name: 'out-of-range', severity: 'error', doubt: doubtRange },
  { name: 'implausible-date', severity: 'warning', doubt: doubtDate },
  { name: 'negative-quantity', severity: 'warning', doubt: doubtQuantity },
];

/** All that can be wrong with single values. */
export function checkFieldValues(facts: DataFacts): Check[] {
  return fieldChecks.flatMap((check) =>
    facts.tables.flatMap((table) =>
      storedFields(table).flatMap(({ field, column }) => {
        const doubt = check.doubt({ table, field, column }, facts);
        return doubt === null ? [] : [toCheck(check, table, { column, doubt })];
      }),
    ),
  );
}

function toCheck(
  { name, severity }: FieldCheck,
  table: CheckedTable,
  { column, doubt }: { readonly column: KnownColumn; readonly doubt: NonNullable<Doubt> },
): Check {
  const place = placeOf(table, [column.name]);
  return {
    ...place,
    name,
    severity,
    rule: null,
    query: rowsWhere(table, [column.name], doubt.where),
    message: (count) =>
      `${countOf(count, 'row')} of ${nameOf(table)}: ${nameOf(table)}.${place.fields[0]} ${doubt.message}`,
    hint: doubt.hint,
  };
}

function doubtRequired({ field, column }: StoredField): Doubt {
  if (!field.isRequired || !column.nullable) return null;
  return {
    where: { is: 'null', value: columnOf(field) },
    message: 'is required and holds NULL',
    hint: 'Fill the rows, then make the column NOT NULL, so that the database keeps it so',
  };
}

function doubtBlank({ field, column }: StoredField): Doubt {
  const isAsked =
    field.kind === 'scalar' && field.type === 'String' && field.isRequired && !field.defaultEmpty;
  if (!isAsked) return null;
  return {
    where: { is: 'blank', column: column.name },
    message: 'is required and holds an empty text',
    hint: null,
  };
}

function doubtEnum({ field, column }: StoredField, { schema }: DataFacts): Doubt {
  const known = field.kind === 'enum' ? schema?.enums.find(({ name }) => name === field.type) : undefined;
  if (known === undefined || known.values.length === 0 || column.isNumbered) return null;
  const labels = known.values.map(({ label }) => label);
  return {
    where: { is: 'not', condition: { is: 'one of', value: columnOf(field), texts: labels } },
    message: `holds a value that enum ${known.name} does not know`,
    hint: `Prisma Client cannot read these rows. Known are: ${labels.slice(0, 20).join(', ')}${labels.length > 20 ? ' …' : ''}`,
  };
}

function doubtType({ field, column }: StoredField): Doubt {
  const type = typeOfField(field);
  if (type === null || (kindOfField(field) === 'other' && type === 'instant')) return null;
  return {
    where: { is: 'mistyped', column: column.name, type },
    message: `holds something else than ${field.kind === 'enum' ? 'a text' : `a value of type ${field.type}`}`,
    hint: 'Prisma Client cannot read these rows',
  };
}

function doubtRange({ field, column }: StoredField): Doubt {
  const range = rangeOf(field);
  if (range === null) return null;
  const value = columnOf(field);
  if ('characters' in range) {
    return {
      where: { is: 'longer', column: column.name, characters: range.characters },
      message: `is longer than ${range.characters} characters`,
      hint: null,
    };
  }
  const bound = (operator: '<' | '>', digits: string): Condition => compare(value, operator, digits);
  return {
    where: { is: 'or', conditions: [bound('<', range.lowest), bound('>', range.highest)] },
    message: `is not between ${range.lowest} and ${range.highest}`,
    hint: 'Prisma Client cannot read, or cannot write back, these rows',
  };
}

const dayMs = 86_400_000;
/** From here on a date stands for "never", as `9999-12-31` and `infinity` do. */
const neverFrom = '9999-01-01T00:00:00.000Z';
const stampNames = /^(created|inserted|registered|updated|modified|changed)(_?(at|on|date|time))?$/i;

function doubtDate({ field }: StoredField, { now, settings }: DataFacts): Doubt {
  if (kindOfField(field) !== 'instant') return null;
  const value = columnOf(field);
  const { earliest, latest } = settings;
  const before = compareInstant(value, '<', earliest);
  if (field.defaultNow || field.isUpdatedAt || stampNames.test(field.name)) {
    // A day covers every time zone that the application may write without naming it.
    const tomorrow = new Date(now.getTime() + dayMs).toISOString();
    return {
      where: { is: 'or', conditions: [before, compareInstant(value, '>', tomorrow)] },
      message: `lies in the future, or before ${earliest.slice(0, 10)}`,
      hint: 'Look for a wrong clock, or for a time in the wrong unit',
    };
  }
  const after = compareInstant(value, '>', latest);
  const isNoSentinel = compareInstant(value, '<', neverFrom);
  return {
    where: { is: 'or', conditions: [before, { is: 'and', conditions: [after, isNoSentinel] }] },
    message: `is not between ${earliest.slice(0, 10)} and ${latest.slice(0, 10)}`,
    hint: 'Look for a mistyped year, or for a time in the wrong unit',
  };
}

const quantityWords = /(^|[a-z_])(quantity|quantities|qty|stock|units|pieces)$/i;

function doubtQuantity({ table, field }: StoredField): Doubt {
  const kind = kindOfField(field);
  const isQuantity = ['integer', 'decimal', 'real'].includes(kind) && quantityWords.test(field.name);
  if (!isQuantity) return null;
  return {
    where: compare(columnOf(field), '<', '0'),
    message: 'is negative',
    hint: `Where that is right, add it in holdfast.config.json: "checks": {"negative-quantity": {"ignore": ["${nameOf(table)}.${field.name}"]}}`,
  };
}

function columnOf(field: PrismaField): Expression {
  return { is: 'column', column: field.column!, kind: kindOfField(field) };
}

function compare(left: Expression, operator: '<' | '>', digits: string): Condition {
  const right: Expression = { is: 'constant', kind: 'decimal', value: digits };
  return { is: 'comparison', operator, left, right, tolerance: null };
}

function compareInstant(left: Expression, operator: '<' | '>', instant: string): Condition {
  const right: Expression = { is: 'constant', kind: 'instant', value: instant };
  return { is: 'comparison', operator, left, right, tolerance: null };
}
