/**
 * A schema in the shape that Prisma's parser prints (`get_datamodel`). The block scanner makes the same shape, with
 * what the parser leaves out: `isIgnored`, `isView`, unsupported fields, the schema of an enum.
 */
export interface Datamodel {
  readonly models: readonly DatamodelModel[];
  readonly enums: readonly DatamodelEnum[];
}

export interface DatamodelModel {
  readonly name: string;
  readonly dbName?: string | null;
  readonly schema?: string | null;
  readonly fields: readonly DatamodelField[];
  readonly primaryKey: { readonly fields: readonly string[] } | null;
  readonly uniqueFields: readonly (readonly string[])[];
  readonly isIgnored?: boolean;
  readonly isView?: boolean;
}

export interface DatamodelField {
  readonly name: string;
  readonly dbName?: string | null;
  readonly kind: 'scalar' | 'enum' | 'object' | 'unsupported';
  readonly type: string;
  readonly isList: boolean;
  readonly isRequired: boolean;
  readonly isUnique: boolean;
  readonly isId: boolean;
  readonly isUpdatedAt?: boolean;
  readonly default?: unknown;
  readonly nativeType?: readonly [string, readonly string[]] | null;
  readonly relationName?: string;
  readonly relationFromFields?: readonly string[];
  readonly relationToFields?: readonly string[];
  readonly isIgnored?: boolean;
}

export interface DatamodelEnum {
  readonly name: string;
  readonly dbName?: string | null;
  readonly schema?: string | null;
  readonly values: readonly { readonly name: string; readonly dbName?: string | null }[];
}

/**
 * The parser's answer, completed with what it leaves out. Where both know a field the parser is right; the order is
 * that of the files.
 */
export function mergeDatamodels(parsed: Datamodel, scanned: Datamodel): Datamodel {
  const parsedModels = new Map(parsed.models.map((model) => [model.name, model]));
  const parsedEnums = new Map(parsed.enums.map((entry) => [entry.name, entry]));
  return {
    models: scanned.models.map((model) => mergeModels(parsedModels.get(model.name), model)),
    enums: scanned.enums.map((entry) => ({ ...entry, ...parsedEnums.get(entry.name) })),
  };
}

function mergeModels(parsed: DatamodelModel | undefined, scanned: DatamodelModel): DatamodelModel {
  if (parsed === undefined) return scanned;
  const parsedFields = new Map(parsed.fields.map((field) => [field.name, field]));
  return {
    ...parsed,
    isView: scanned.isView === true,
    isIgnored: scanned.isIgnored === true,
    fields: scanned.fields.map((field) => parsedFields.get(field.name) ?? field),
  };
}
