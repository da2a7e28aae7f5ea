import type { Datamodel, DatamodelEnum, DatamodelField, DatamodelModel } from './datamodel.ts';
import { type Attribute, argumentOf, readNameList, readString, scanAttributes } from './schema-attribute.ts';
import type { SchemaBlock, SchemaLine } from './schema-block.ts';

interface TypeNames {
  readonly enums: ReadonlySet<string>;
  readonly objects: ReadonlySet<string>;
}

/** Reads models and enums from the text alone; never throws, and leaves out lines that it does not understand. */
export function scanDatamodel(blocks: readonly SchemaBlock[]): Datamodel {
  const ofKind = (...kinds: readonly string[]): readonly SchemaBlock[] =>
    blocks.filter((block) => kinds.includes(block.kind));
  const names: TypeNames = {
    enums: new Set(ofKind('enum').map((block) => block.name)),
    objects: new Set(ofKind('model', 'view', 'type').map((block) => block.name)),
  };
  return {
    models: ofKind('model', 'view').map((block) => scanModel(block, names)),
    enums: ofKind('enum').map(scanEnum),
  };
}

function scanModel(block: SchemaBlock, names: TypeNames): DatamodelModel {
  const attributes = blockAttributes(block);
  const listsOf = (name: string): readonly (readonly string[])[] =>
    attributes
      .filter((attribute) => attribute.name === name)
      .map((attribute) => readNameList(argumentOf(attribute, 'fields')));
  const key = listsOf('id')[0];
  const uniqueFields = listsOf('unique');
  const fields = block.lines.flatMap((line) => scanField(line, block.name, names) ?? []);
  return {
    name: block.name,
    dbName: mappedName(attributes),
    schema: readString(firstArgument(attributes, 'schema')) ?? null,
    fields: fields.map((field) => markField(field, key, uniqueFields)),
    primaryKey: key === undefined ? null : { fields: key },
    uniqueFields,
    isIgnored: attributes.some(({ name }) => name === 'ignore'),
    isView: block.kind === 'view',
  };
}

/** As the parser marks fields: also by an attribute of the block over one field, and a key is not marked unique. */
function markField(
  field: DatamodelField,
  key: readonly string[] | undefined,
  uniqueFields: readonly (readonly string[])[],
): DatamodelField {
  const isAlone = (names: readonly string[] | undefined): boolean =>
    names?.length === 1 && names[0] === field.name;
  const isId = field.isId || isAlone(key);
  return { ...field, isId, isUnique: !isId && (field.isUnique || uniqueFields.some(isAlone)) };
}

/** Name, type (also `Unsupported("…")`), and `?` or `[]`. */
const fieldPattern =
  /^\s*([\p{L}\p{N}_-]+)\s+(?:(Unsupported)\s*\(([^)]*)\)|([\p{L}\p{N}_]+))\s*(\[\s*\])?(\?)?/u;

function scanField(line: SchemaLine, model: string, names: TypeNames): DatamodelField | null {
  const match = fieldPattern.exec(line.structure);
  if (match === null) return null;
  const attributes = scanAttributes(line).filter((attribute) => !attribute.isOfBlock);
  const isUnsupported = match[2] !== undefined;
  const type = isUnsupported ? unsupportedType(line) : match[4]!;
  const has = (name: string): boolean => attributes.some((attribute) => attribute.name === name);
  const kind = isUnsupported ? 'unsupported' : kindOf(type, names);
  return {
    name: match[1]!,
    dbName: mappedName(attributes),
    kind,
    type,
    isList: match[5] !== undefined,
    isRequired: match[6] === undefined,
    isUnique: has('unique'),
    isId: has('id'),
    isUpdatedAt: has('updatedAt'),
    isIgnored: has('ignore'),
    default: scanDefault(firstArgument(attributes, 'default')),
    nativeType: scanNativeType(attributes),
    ...(kind === 'object' ? scanRelation(attributes, model, type) : {}),
  };
}

function kindOf(type: string, names: TypeNames): 'scalar' | 'enum' | 'object' {
  if (names.enums.has(type)) return 'enum';
  return names.objects.has(type) ? 'object' : 'scalar';
}

function unsupportedType(line: SchemaLine): string {
  return readString(/"(?:\\.|[^"\\])*"/.exec(line.code)?.[0]) ?? '';
}

function scanRelation(
  attributes: readonly Attribute[],
  model: string,
  type: string,
): Pick<DatamodelField, 'relationName' | 'relationFromFields' | 'relationToFields'> {
  const relation = attributes.find(({ name }) => name === 'relation');
  const named = (name: string): string | undefined =>
    relation?.arguments.find((argument) => argument.name === name)?.value;
  const name = relation === undefined ? undefined : readString(argumentOf(relation, 'name'));
  return {
    relationName: name ?? [model, type].sort(byCodeUnit).join('To'),
    relationFromFields: readNameList(named('fields')),
    relationToFields: readNameList(named('references')),
  };
}

/** Prisma's own order of names, which does not depend on the locale. */
function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function scanEnum(block: SchemaBlock): DatamodelEnum {
  const attributes = blockAttributes(block);
  return {
    name: block.name,
    dbName: mappedName(attributes),
    schema: readString(firstArgument(attributes, 'schema')) ?? null,
    values: block.lines.flatMap((line) => {
      const name = /^\s*([\p{L}\p{N}_-]+)/u.exec(line.structure)?.[1];
      return name === undefined ? [] : { name, dbName: mappedName(scanAttributes(line)) };
    }),
  };
}

function blockAttributes(block: SchemaBlock): readonly Attribute[] {
  return block.lines
    .filter((line) => /^\s*@@/.test(line.structure))
    .flatMap((line) => scanAttributes(line).filter((attribute) => attribute.isOfBlock));
}

function firstArgument(attributes: readonly Attribute[], name: string): string | undefined {
  return attributes.find((attribute) => attribute.name === name)?.arguments[0]?.value;
}

function mappedName(attributes: readonly Attribute[]): string | null {
  const map = attributes.find(({ name }) => name === 'map');
  return map === undefined ? null : (readString(argumentOf(map, 'name')) ?? null);
}

function scanNativeType(attributes: readonly Attribute[]): [string, readonly string[]] | null {
  // The prefix is the name of the datasource, `db` by custom.
  const native = attributes.find(({ name }) => name.includes('.'));
  if (native === undefined) return null;
  return [native.name.slice(native.name.indexOf('.') + 1), native.arguments.map(({ value }) => value)];
}

/** `now()` in the parser's form; other defaults as their text. */
function scanDefault(value: string | undefined): unknown {
  const call = /^(\w+)\((.*)\)$/.exec(value ?? '');
  if (call === null) return value;
  const argument = readString(call[2]!) ?? call[2]!;
  return { name: call[1]!, args: argument === '' ? [] : [argument] };
}
