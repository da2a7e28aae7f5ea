/** What became of the copies at one target. */
export interface CopiesOutcome {
  readonly ok: boolean;
  /** A copy that cannot be made there is a failure; otherwise a finding. */
  readonly required: boolean;
}

/** What the copies mean for the command: a required target that failed is a failure, anything else a finding. */
export function verdictOf(targets: readonly CopiesOutcome[]): 'done' | 'findings' | 'failed' {
  const bad = targets.filter(({ ok }) => !ok);
  if (bad.length === 0) return 'done';
  return bad.some(({ required }) => required) ? 'failed' : 'findings';
}
