/** Room for cells: writers put bytes at `at`, for which the caller has made room, and do not move it. */
export interface CellRoom {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/**
 * Writes the token `input[start, end)` of a line, which is whole, as a cell without its length into `room` from `at` on.
 *
 * @returns the offset behind the cell, or -1 for a token that is left to the text form
 */
export type WriteCell = (room: CellRoom, at: number, input: Buffer, start: number, end: number) => number;
