/** The built-in checks of the data, in the order in which they run. */
export const checkNames = [
  'schema-drift',
  'orphans',
  'duplicates',
  'required-empty',
  'blank-text',
  'unknown-enum-value',
  'wrong-type',
  'out-of-range',
  'implausible-date',
  'negative-quantity',
  'next-id-behind',
  'backup-incomplete',
] as const;

export type CheckName = (typeof checkNames)[number];

export type Severity = 'error' | 'warning';

export interface CheckSetting {
  /** Null: the check's own. */
  readonly severity: Severity | 'off' | null;
  /** Places that it leaves alone: `Model` or `Model.field`; a table's name where there is no model. */
  readonly ignore: readonly string[];
}

/** A business rule as the operator has written it. */
export interface DeclaredRule {
  readonly rule: string;
  /** The model that it is about, where the text does not say so. */
  readonly model: string | null;
  /** What a person calls it. */
  readonly name: string | null;
  /** Decimal digits; null: none but what the text says. */
  readonly tolerance: string | null;
  readonly severity: Severity;
  /** For messages: `rules[2] in holdfast.config.json`. */
  readonly place: string;
}

export interface CheckSettings {
  readonly checks: Readonly<Partial<Record<CheckName, CheckSetting>>>;
  /** Dates before and after these are implausible; ISO 8601 instants. */
  readonly earliest: string;
  readonly latest: string;
  /** Unique texts may not differ in case only. */
  readonly caseInsensitive: boolean;
  readonly rules: readonly DeclaredRule[];
}
