import type { HistoryRun } from '../ports/history.ts';
import type { Delivery } from '../ports/notifier.ts';
import type { Prisma, Run } from './generated/client.ts';

/** A run as Prisma Client takes it. */
export function toRow(run: HistoryRun): Prisma.RunUncheckedCreateInput {
  const { started, finished, rows, bytes, error, details, deliveries, ...same } = run;
  return {
    ...same,
    started: new Date(started),
    finished: finished === null ? null : new Date(finished),
    rows: rows === null ? null : BigInt(rows),
    bytes: bytes === null ? null : BigInt(bytes),
    errorCode: error?.code ?? null,
    error: error?.message ?? null,
    ...(details === null ? {} : { details: details as Prisma.InputJsonObject }),
    ...(deliveries.length === 0 ? {} : { notifications: deliveries.map((delivery) => ({ ...delivery })) }),
  };
}

/** A run as Prisma Client returns it. */
export function fromRow(row: Run): HistoryRun {
  const { started, finished, rows, bytes, errorCode, error, details, notifications, ...same } = row;
  return {
    ...same,
    started: started.toISOString(),
    finished: finished?.toISOString() ?? null,
    rows: rows === null ? null : Number(rows),
    bytes: bytes === null ? null : Number(bytes),
    error: errorCode === null ? null : { code: errorCode, message: error ?? '' },
    // Only `toRow` writes these columns.
    details: details as HistoryRun['details'],
    deliveries: (notifications ?? []) as unknown as readonly Delivery[],
  };
}
