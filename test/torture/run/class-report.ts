import { formatTable } from '../../../src/cli/text-table.ts';

/** A line of the table. */
export interface ClassReport {
  readonly class: string;
  readonly tried: number;
  /** Cases whose fault really happened. */
  readonly fired: number;
  readonly violations: number;
  /** Violations with the protection taken away. */
  readonly controlViolations: number;
  /** Why this machine cannot run the class; null where it ran. */
  readonly notRun: string | null;
  /** The first sentences about violations. */
  readonly samples: readonly string[];
}

/** What `--json` prints. */
export interface TortureDocument {
  readonly command: 'torture';
  readonly ok: boolean;
  readonly classes: readonly Omit<ClassReport, 'samples'>[];
}

/** Why a class fails the run, a sentence each; empty when it held. */
export function problemsOf(report: ClassReport): string[] {
  if (report.notRun !== null) return [];
  const { tried, fired, violations, controlViolations } = report;
  return [
    ...(tried === 0 ? ['no case was tried'] : []),
    ...(fired < tried ? [`the fault of ${tried - fired} cases did not happen: they prove nothing`] : []),
    ...(violations > 0 ? [`${violations} violations`] : []),
    ...(controlViolations === 0
      ? ['its control found no violation: the class cannot be trusted to see one']
      : []),
  ];
}

export function documentOf(reports: readonly ClassReport[]): TortureDocument {
  return {
    command: 'torture',
    ok: reports.every((report) => problemsOf(report).length === 0),
    classes: reports.map(({ samples, ...report }) => report),
  };
}

export function tableOf(reports: readonly ClassReport[]): string {
  const head = ['Fault class', 'Tried', 'Fired', 'Violations', 'Of the control', 'Verdict'];
  const rows = reports.map((report) => {
    const numbers = [report.tried, report.fired, report.violations, report.controlViolations];
    const cells = report.notRun === null ? numbers.map(String) : numbers.map(() => '-');
    return [report.class, ...cells, verdictOf(report)];
  });
  return formatTable(head, rows, [1, 2, 3, 4]);
}

function verdictOf(report: ClassReport): string {
  if (report.notRun !== null) return `notRun: ${report.notRun}`;
  const problems = problemsOf(report);
  return problems.length === 0 ? 'holds' : problems.join('; ');
}
