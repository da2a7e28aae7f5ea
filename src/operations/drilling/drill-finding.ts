import { AppError } from '../../errors.ts';
import type { IntegrityFinding } from '../../integrity/finding.ts';
import type { NextIdTrial } from '../../ports/next-id.ts';
import { formatTableName, type TableName } from '../../snapshot/table.ts';
import type { Finding } from '../../util/finding.ts';

/** What was found at a place, with what to do about it. */
export interface DrillFault {
  readonly check: string;
  readonly table: TableName | null;
  readonly model?: string | null;
  readonly field?: string | null;
  readonly count?: number;
  readonly message: string;
  readonly hint: string | null;
}

export function faultFinding(fault: DrillFault): IntegrityFinding {
  const { check, table, model = null, field = null, count = 1, message, hint } = fault;
  const place = { model, table: table === null ? null : formatTableName(table), field };
  return { check, severity: 'error', ...place, count, samples: [], message, hint, sql: null, rule: null };
}

const anotherOne = 'Do not rely on this snapshot: take a new one (holdfast backup) and drill that';

/** Damage of the file, as `validate backup` finds it. */
export function damageFinding(finding: Finding): IntegrityFinding {
  return { ...finding, hint: anotherOne, sql: null, rule: null };
}

/** What the snapshot holds makes its restore fail, or the error is no such thing: then it is thrown. */
const snapshotFaults =
  /^(?:SNAPSHOT\.(?:CHECKSUM|CONTENT|TRUNCATED|EXTENDED|TABLE)|RESTORE\.(?:ROW|CHECK|ORPHANS|SCHEMA|CONFLICT)|DATABASE\.CORRUPT)$/;

/** @throws the error itself, where it says nothing of the snapshot */
export function restoreFinding(error: unknown): IntegrityFinding {
  if (!(error instanceof AppError) || !snapshotFaults.test(error.code)) throw error;
  const { code, message } = error;
  return faultFinding({
    check: code,
    table: null,
    message: `It cannot be restored: ${message}`,
    hint: anotherOne,
  });
}

export function refusalFinding({ table, column, reason }: NextIdTrial): IntegrityFinding {
  return faultFinding({
    check: 'next-id',
    table,
    field: column,
    message: `A new row of ${formatTableName(table)} is refused after the restore: ${reason}`,
    hint: 'The application could not write: look at the counter behind this column',
  });
}
