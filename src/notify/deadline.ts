/** A point in time that several attempts share. */
export class Deadline {
  readonly #endMs: number;
  readonly #nowMs: () => number;

  constructor(limitMs: number, nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    this.#endMs = nowMs() + limitMs;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endMs - this.#nowMs());
  }
}
