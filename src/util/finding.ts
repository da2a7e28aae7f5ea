/** One thing that a check found. Findings are results: a command that has some exits 4. */
export interface Finding {
  readonly check: string;
  readonly severity: 'error' | 'warning';
  readonly model: string | null;
  readonly table: string | null;
  readonly field: string | null;
  readonly count: number;
  /** A few places or values, for a person to look at. */
  readonly samples: readonly string[];
  readonly message: string;
}
