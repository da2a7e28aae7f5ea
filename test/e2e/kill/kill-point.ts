/** Where in the data phase of a restore the process is ended. */
export type KillPoint =
  /** The restore has begun its transaction, and written nothing. */
  | { readonly at: 'begin' }
  /** At least this share of the rows has been handed to the database. */
  | { readonly at: 'rows'; readonly share: number }
  /** All rows are in; COMMIT has not been sent. */
  | { readonly at: 'commit' }
  /** COMMIT has been sent, and its answer not been seen. */
  | { readonly at: 'committed' };

/** What had been written when the process was ended. */
export interface Written {
  readonly rows: number;
  readonly isFirstWriteDone: boolean;
  /** The measurement as it was read: of the server, or of the files. */
  readonly evidence: string;
}

/** Ten points of the data phase, of which nine come after the first write; and one behind it. */
export const allPoints: readonly KillPoint[] = [
  { at: 'begin' },
  ...[0.05, 0.15, 0.25, 0.4, 0.5, 0.65, 0.8, 0.95].map((share): KillPoint => ({ at: 'rows', share })),
  { at: 'commit' },
  { at: 'committed' },
];

export const fewPoints: readonly KillPoint[] = [
  { at: 'begin' },
  { at: 'rows', share: 0.5 },
  { at: 'commit' },
  { at: 'committed' },
];

const names = {
  begin: 'before the first write',
  commit: 'all rows in, before COMMIT',
  committed: 'COMMIT sent, answer not seen',
} as const;

export function describePoint(point: KillPoint): string {
  return point.at === 'rows' ? `${Math.round(point.share * 100)} % of the rows sent` : names[point.at];
}
