import { pathToFileURL } from 'node:url';
import type { IntegrityFinding } from '../../integrity/finding.ts';
import type { ValidateDataResult } from '../validate-data.ts';

/** A line of a file that a finding is about. */
export interface SourceLine {
  /** Relative to the folder that the results are shown for, with `/`. */
  readonly uri: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface SarifOptions {
  readonly version: string;
  /** Where a model, or a field of it, is declared; null where that is not known. */
  readonly locate: (model: string | null, field: string | null) => SourceLine | null;
}

/** The findings as a SARIF 2.1.0 log, which code hosts show beside the lines of the schema. */
export function toSarif(result: ValidateDataResult, { version, locate }: SarifOptions): object {
  const rules = [...new Set(result.findings.map(({ check }) => check))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'holdfast',
            version,
            rules: rules.map((id) => ({ id, shortDescription: { text: descriptions[id] ?? id } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [{ executionSuccessful: true }],
        results: result.findings.map((finding) => ({
          ruleId: finding.check,
          ruleIndex: rules.indexOf(finding.check),
          level: finding.severity,
          message: { text: describe(finding) },
          locations: [locationOf(finding, result, locate)],
          partialFingerprints: { place: [finding.check, placeOf(finding), finding.rule ?? ''].join('|') },
          properties: {
            count: finding.count,
            samples: finding.samples,
            sql: finding.sql,
            table: finding.table,
          },
        })),
      },
    ],
  };
}

const descriptions: Readonly<Record<string, string>> = {
  'schema-drift': 'The database is not what the Prisma schema says',
  orphans: 'Rows name a parent that does not exist',
  duplicates: 'Values that have to be unique stand in more than one row',
  'required-empty': 'Required fields hold NULL',
  'blank-text': 'Required texts are empty',
  'unknown-enum-value': 'Values are none of their enumeration',
  'wrong-type': 'Values are not of the type of their field',
  'out-of-range': 'Values do not fit the type of their field',
  'implausible-date': 'Dates are in the future or far away',
  'negative-quantity': 'Quantities are negative',
  'next-id-behind': 'The next generated id is in use',
  'backup-incomplete': 'The newest snapshot lacks rows',
  rule: 'Rows break a business rule',
  unfinished: 'A check could not be carried out',
};

function describe({ message, samples, hint }: IntegrityFinding): string {
  const shown = samples.length === 0 ? '' : ` (${samples.join('; ')})`;
  return hint === null ? `${message}${shown}` : `${message}${shown}. ${hint}`;
}

/** The line of the schema; where that is not known, the snapshot that was looked at, or only the name. */
function locationOf(
  finding: IntegrityFinding,
  { snapshot }: ValidateDataResult,
  locate: SarifOptions['locate'],
): object {
  const line = locate(finding.model, finding.field);
  const logicalLocations = [{ fullyQualifiedName: placeOf(finding), kind: 'member' }];
  if (line !== null) {
    const physicalLocation = {
      artifactLocation: { uri: encodeURI(line.uri) },
      region: { startLine: line.line },
    };
    return { physicalLocation, logicalLocations };
  }
  if (snapshot === null) return { logicalLocations };
  const uri = pathToFileURL(snapshot.path).href;
  return { physicalLocation: { artifactLocation: { uri } }, logicalLocations };
}

function placeOf({ model, table, field }: IntegrityFinding): string {
  const owner = model ?? table ?? 'database';
  return field === null ? owner : `${owner}.${field}`;
}
