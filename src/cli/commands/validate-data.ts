import path from 'node:path';
import { type Command, Option } from 'commander';
import { checkData } from '../../api/validate-data.ts';
import type { Parsed } from '../../config/setting-values.ts';
import { AppError } from '../../errors.ts';
import type { ValidateDataResult } from '../../operations/validate-data.ts';
import type { SourceLine } from '../../operations/validating/sarif.ts';
import { writeFileAtomically } from '../../util/atomic-file.ts';
import { readVersion } from '../../util/version.ts';
import {
  addKeyOptions,
  collectNames,
  type Outcome,
  type RunCommand,
  withCommonOptions,
  withExamples,
} from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { CommonFlags, Session } from '../session.ts';
import { describeData } from '../validate-data-text.ts';

interface ValidateDataFlags extends CommonFlags {
  readonly only?: readonly string[];
  readonly check?: readonly string[];
  readonly failOn?: 'error' | 'warning';
  readonly sample?: string;
  readonly timeout?: string;
  readonly caseInsensitive?: boolean;
  readonly sarif?: string | true;
  readonly allSchemas?: boolean;
  readonly to?: string;
}

export function addValidateData(validate: Command, run: RunCommand): void {
  const command = withCommonOptions(validate.command('data [snapshot]'))
    .summary('check the data: orphans, duplicates, impossible values, business rules')
    .description(
      'Checks the data of the database, or of a snapshot, for which no database is needed. Reads only. Exit code 4 when there is a finding.',
    )
    .option('--only <names>', 'only these models or tables (repeatable, or with commas)', collectNames)
    .option(
      '--check <names>',
      'only these checks; rule: the business rules (repeatable, or with commas)',
      collectNames,
    )
    .addOption(
      new Option(
        '--fail-on <severity>',
        'the least severity that leads to exit code 4 (default: warning)',
      ).choices(['error', 'warning']),
    )
    .option('--sample <count>', 'how many rows of each finding to show (default 5)')
    .option('--timeout <time>', 'how long each check may take (default 30s)')
    .option('--case-insensitive', 'unique texts may not differ in case only')
    .option('--sarif [file]', 'write the findings as SARIF 2.1.0, to the file or to standard output')
    .option('--all-schemas', 'every schema of the database, not only those that the application uses')
    .option(
      '--to <name>',
      'another database: a variable that holds its address, or an address without a password',
    )
    .option('--lock-timeout <time>', 'how long to wait for locks of others (default 30s)');
  addKeyOptions(command);
  withExamples(command, [
    'holdfast validate data',
    'holdfast validate data latest',
    'holdfast validate data --only Order,OrderLine --check orphans',
    'holdfast validate data --fail-on error --sarif findings.sarif',
  ]);
  command.action((snapshot: string | undefined, flags: ValidateDataFlags) =>
    run('validate data', flags, (session) => runValidation(session, snapshot, flags)),
  );
}

async function runValidation(
  session: Session,
  snapshot: string | undefined,
  flags: ValidateDataFlags,
): Promise<Outcome> {
  if (flags.sarif === true && flags.json === true) {
    throw new AppError('USAGE', 'Cannot print two documents: --json and --sarif both want standard output', {
      hint: 'Name a file: --sarif findings.sarif',
    });
  }
  const { parseDuration, wholeNumber } = await import('../../config/setting-values.ts');
  const { sample, timeout, ...options } = flags;
  const result = await checkData(session, {
    ...options,
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(sample === undefined ? {} : { samples: numberOf('--sample', sample, wholeNumber(0, 1000)) }),
    ...(timeout === undefined ? {} : { timeoutMs: numberOf('--timeout', timeout, parseDuration) }),
  });
  const text =
    flags.sarif === undefined ? describeData(result) : await writeSarif(session, result, flags.sarif);
  return {
    document: result,
    text,
    exitCode: result.ok ? exitCodes.done : exitCodes.findings,
    isAnswer: flags.sarif === true,
  };
}

function numberOf(flag: string, text: string, parse: (text: string) => Parsed<number>): number {
  const parsed = parse(text);
  if ('value' in parsed) return parsed.value;
  throw new AppError('USAGE', `Cannot use ${flag}: ${parsed.reason}`, {
    hint: 'holdfast validate data --help',
  });
}

/** Writes the log where it belongs; what is left to print. */
async function writeSarif(
  session: Session,
  result: ValidateDataResult,
  target: string | true,
): Promise<string> {
  const { toSarif } = await import('../../operations/validating/sarif.ts');
  const log = toSarif(result, { version: readVersion(), locate: await openLocator(session) });
  if (target === true) return JSON.stringify(log);
  const file = path.resolve(session.io.cwd, target);
  await writeFileAtomically(file, `${JSON.stringify(log, null, 2)}\n`);
  return `${describeData(result)}\nWritten as SARIF: ${file}`;
}

/** Code hosts show a finding beside the line where the field is declared. */
async function openLocator(
  session: Session,
): Promise<(model: string | null, field: string | null) => SourceLine | null> {
  const { readApplication } = await import('../../config/application.ts');
  const { findDeclaration } = await import('../../schema/find-declaration.ts');
  const { files } = await readApplication(session.settings);
  return (model, field) => {
    if (model === null) return null;
    const found = findDeclaration(files, { model, fields: field?.split(', ') ?? [] });
    if (found === null) return null;
    const full = path.resolve(session.settings.appFolder, found.path);
    return { uri: path.relative(session.io.cwd, full).split(path.sep).join('/'), line: found.line };
  };
}
