import { createHash } from 'node:crypto';

const pattern = /^(holdfast_drill_[0-9a-f]{16}_p\d{1,10})_([0-9a-f]{8})(?:_\d{1,4})?$/;

/** A name for the database of a drill, which nobody else would give: it carries a check of itself. */
export function makeDrillName(id: string, processId: number): string {
  const body = `holdfast_drill_${id}_p${processId}`;
  return `${body}_${checkOf(body)}`;
}

/** The name of the drill that made what is named so, which may be one of several schemas; null when none has. */
export function drillOf(name: string): string | null {
  const [, body, check] = pattern.exec(name) ?? [];
  return body !== undefined && check === checkOf(body) ? `${body}_${check}` : null;
}

function checkOf(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 8);
}
