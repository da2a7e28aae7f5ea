import type { Finding } from '../util/finding.ts';

/**
 * What a check of the data found, and how to look at it. `check` is the name of the built-in check, or `rule`; `field`
 * one field, or several with a comma and a blank between them; `count` how many rows (of duplicates: how many values),
 * 1 for what concerns the whole table.
 */
export interface IntegrityFinding extends Finding {
  /** What the operator can do next, in a sentence. */
  readonly hint: string | null;
  /** A statement, in the dialect of the database that was looked at, which shows the rows; null where there is none. */
  readonly sql: string | null;
  /** The business rule as it stands in the settings; null for a built-in check. */
  readonly rule: string | null;
}
