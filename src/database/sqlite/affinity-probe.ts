import { AppError } from '../../errors.ts';
import type { Affinity } from './affinity.ts';
import type { Handle } from './connection.ts';

/** Asks SQLite itself whether a column of an affinity would convert a value, in a temporary table. */
export class AffinityProbe {
  readonly #handle: Handle;
  #isMade = false;

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** True when the value would be stored as it is. */
  keeps(affinity: Affinity, value: string | number): boolean {
    this.#make();
    this.#handle.prepare(`UPDATE temp.holdfast_probe SET "${affinity}" = ?`).run(value);
    const stored = this.#handle
      .prepare<[], { readonly type: string; readonly value: unknown }>(
        `SELECT typeof("${affinity}") AS type, "${affinity}" AS value FROM temp.holdfast_probe`,
      )
      .get();
    if (stored === undefined) throw new AppError('DATABASE.READ', 'The temporary table lost its row');
    return stored.value === value && stored.type === (typeof value === 'string' ? 'text' : 'real');
  }

  #make(): void {
    if (this.#isMade) return;
    // Each table that is restored has a probe of its own, over the same connection.
    this.#handle.exec(
      'DROP TABLE IF EXISTS temp.holdfast_probe;' +
        'CREATE TEMP TABLE holdfast_probe ("integer" INTEGER, "numeric" NUMERIC, "real" REAL, "text" TEXT, "blob" BLOB);' +
        'INSERT INTO temp.holdfast_probe DEFAULT VALUES',
    );
    this.#isMade = true;
  }
}
