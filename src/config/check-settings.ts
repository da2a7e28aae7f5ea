import type { ZodType } from 'zod';
import { AppError } from '../errors.ts';
import {
  type CheckSetting,
  type CheckSettings,
  checkNames,
  type DeclaredRule,
} from '../ports/check-settings.ts';
import { closestName } from '../util/closest-name.ts';
import { parseInstantText } from '../util/instant-text.ts';
import type { Settings } from './settings.ts';

export const usualCheckSettings: CheckSettings = {
  checks: {},
  earliest: '1800-01-01T00:00:00.000Z',
  latest: '2200-01-01T00:00:00.000Z',
  caseInsensitive: false,
  rules: [],
};

type Level = 'off' | 'error' | 'warning';

interface WrittenCheck {
  readonly severity?: Level | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly earliest?: string | undefined;
  readonly latest?: string | undefined;
  readonly caseInsensitive?: boolean | undefined;
}

interface WrittenRule {
  readonly rule: string;
  readonly model?: string | undefined;
  readonly name?: string | undefined;
  readonly tolerance?: string | number | undefined;
  readonly severity?: 'error' | 'warning' | undefined;
}

interface Written {
  readonly checks: Readonly<Record<string, Level | WrittenCheck>>;
  readonly rules: readonly (string | WrittenRule)[];
}

/**
 * Reads `checks` and `rules` of the settings file.
 *
 * @throws AppError CONFIG.SETTING with everything that is wrong in them
 */
export async function readCheckSettings({ integrity }: Pick<Settings, 'integrity'>): Promise<CheckSettings> {
  if (integrity === null) return usualCheckSettings;
  const { checks = {}, rules = [], path } = integrity;
  const shape = await makeShape();
  const parsed = shape.safeParse({ checks, rules });
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => describeIssue(issue));
    throw new AppError('CONFIG.SETTING', `Cannot use ${path}: ${problems.join('; ')}`, {
      hint: 'docs/CLI-integrity.md describes checks and rules',
    });
  }
  return toSettings(parsed.data, path);
}

async function makeShape(): Promise<ZodType<Written>> {
  // Loaded only for an application that has the file: it is the slowest part of starting up.
  const { z } = await import('zod');
  const level = z.enum(['off', 'error', 'warning']);
  const common = { severity: level.optional(), ignore: z.array(z.string().min(1)).optional() };
  const instant = z
    .string()
    .refine((text) => isDate(text), { error: 'expected a date such as 1990-01-01' })
    .optional();
  const plain = z.strictObject(common);
  const shapes = {
    ...Object.fromEntries(checkNames.map((name) => [name, z.union([level, plain]).optional()])),
    'implausible-date': z
      .union([level, z.strictObject({ ...common, earliest: instant, latest: instant })])
      .optional(),
    duplicates: z
      .union([level, z.strictObject({ ...common, caseInsensitive: z.boolean().optional() })])
      .optional(),
  };
  const tolerance = z.union([z.number().nonnegative(), z.string()]).refine((value) => isPlainNumber(value), {
    error: 'expected a number such as 0.01',
  });
  const rule = z.strictObject({
    rule: z.string().min(1),
    model: z.string().min(1).optional(),
    name: z.string().min(1).optional(),
    tolerance: tolerance.optional(),
    severity: z.enum(['error', 'warning']).optional(),
  });
  const shape = z.strictObject({
    checks: z.strictObject(shapes),
    rules: z.array(z.union([z.string().min(1), rule])),
  });
  return shape as unknown as ZodType<Written>;
}

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

/** Of a union the branch counts that came closest: the object, where an object was written. */
function describeIssue(issue: Issue, before: readonly PropertyKey[] = []): string[] {
  const path = [...before, ...issue.path];
  if (issue.code === 'invalid_union') {
    const inner = (issue.errors ?? []).find((branch) => !branch.some((one) => isWrongShape(one)));
    if (inner !== undefined) return inner.flatMap((one) => describeIssue(one, path));
    return [`'${spellPath(path)}': ${expectation(path)}`];
  }
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => `'${spellPath([...path, key])}' is unknown${advise(path, key)}`);
  }
  return [`'${spellPath(path)}': ${issue.message}`];
}

function isWrongShape(issue: Issue): boolean {
  const isKind = issue.code === 'invalid_type' || issue.code === 'invalid_value';
  return isKind && issue.path.length === 0;
}

function expectation(path: readonly PropertyKey[]): string {
  if (path[0] === 'rules') return 'expected a rule, or an object such as { "rule": "Order.total >= 0" }';
  return 'expected off, error, warning, or an object such as { "severity": "warning", "ignore": ["Order.total"] }';
}

function advise(path: readonly PropertyKey[], key: string): string {
  const known = path.length === 1 && path[0] === 'checks' ? checkNames : checkKeys;
  const meant = closestName(key, known);
  return meant === null ? '' : `; did you mean '${meant}'?`;
}

const checkKeys = [
  'severity',
  'ignore',
  'earliest',
  'latest',
  'caseInsensitive',
  'rule',
  'model',
  'name',
  'tolerance',
];

/** `checks.duplicates.ignore[0]` */
function spellPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1);
}

function toSettings({ checks, rules }: Written, path: string): CheckSettings {
  const entries = Object.entries(checks).map(([name, value]) => [name, asObject(value)] as const);
  const dates = entries.find(([name]) => name === 'implausible-date')?.[1];
  const duplicates = entries.find(([name]) => name === 'duplicates')?.[1];
  return {
    checks: Object.fromEntries(entries.map(([name, value]) => [name, toSetting(value)])),
    earliest: toInstant(dates?.earliest) ?? usualCheckSettings.earliest,
    latest: toInstant(dates?.latest) ?? usualCheckSettings.latest,
    caseInsensitive: duplicates?.caseInsensitive ?? false,
    rules: rules.map((rule, index) => toRule(rule, `rules[${index}] in ${path}`)),
  };
}

function asObject(value: Level | WrittenCheck): WrittenCheck {
  return typeof value === 'string' ? { severity: value } : value;
}

function toSetting({ severity, ignore }: WrittenCheck): CheckSetting {
  return { severity: severity ?? null, ignore: ignore ?? [] };
}

function toRule(written: string | WrittenRule, place: string): DeclaredRule {
  const rule: WrittenRule = typeof written === 'string' ? { rule: written } : written;
  return {
    rule: rule.rule,
    model: rule.model ?? null,
    name: rule.name ?? null,
    tolerance: rule.tolerance === undefined ? null : String(rule.tolerance),
    severity: rule.severity ?? 'error',
    place,
  };
}

function isPlainNumber(value: string | number): boolean {
  return /^\d+(\.\d+)?$/.test(String(value));
}

function isDate(text: string): boolean {
  return /^\d{4}-/.test(text) && parseInstantText(text) !== null;
}

function toInstant(text: string | undefined): string | null {
  const micros = text === undefined ? null : parseInstantText(text);
  return micros === null ? null : new Date(Number(micros / 1000n)).toISOString();
}
