import { AppError, type AppErrorDetails, type ErrorCode } from '../errors.ts';

export interface StoreErrorDetails extends AppErrorDetails {
  /** How long the store asks to wait before the next try. */
  readonly retryAfterMs?: number | null;
}

/** A failure of a store, with what `ports/store.ts` promises of it. */
export class StoreError extends AppError {
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode & `STORE.${string}`, message: string, details: StoreErrorDetails = {}) {
    super(code, message, details);
    this.name = 'StoreError';
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}

const passing: ReadonlySet<ErrorCode> = new Set(['STORE.UNREACHABLE', 'STORE.BUSY', 'STORE.LOST']);

/** Whether another try of the same call may go better. */
export function isPassing(error: unknown): error is AppError {
  return error instanceof AppError && passing.has(error.code);
}
