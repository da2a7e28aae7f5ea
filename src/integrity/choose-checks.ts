import { AppError } from '../errors.ts';
import { type CheckName, type CheckSettings, checkNames, type Severity } from '../ports/check-settings.ts';
import { closestName } from '../util/closest-name.ts';
import type { Place } from './check.ts';
import { type CheckedTable, nameOf } from './data-facts.ts';

/** What of all that could be checked a run was asked for. Empty lists mean everything. */
export interface CheckChoice {
  /** Models or tables. */
  readonly models: readonly string[];
  /** Names of checks; `rule` for all business rules. */
  readonly checks: readonly string[];
}

type Named = Place & { readonly name: CheckName | 'rule'; readonly severity: Severity };

/** The ones that the run and the settings leave, with the severity that the settings give them. */
export function chooseChecks<T extends Named>(
  items: readonly T[],
  choice: CheckChoice,
  settings: CheckSettings,
): T[] {
  return items.flatMap((item) => {
    if (choice.checks.length > 0 && !choice.checks.includes(item.name)) return [];
    if (choice.models.length > 0 && !choice.models.some((name) => isNamed(item, name))) return [];
    const setting = item.name === 'rule' ? undefined : settings.checks[item.name];
    if (setting === undefined) return item;
    if (setting.severity === 'off' || setting.ignore.some((place) => covers(place, item))) return [];
    return { ...item, severity: setting.severity ?? item.severity };
  });
}

function isNamed({ model, table }: Place, name: string): boolean {
  return model === name || table?.name === name;
}

/** `Order` covers all of it, `Order.total` the field, also where a check looks at several. */
function covers(place: string, item: Place): boolean {
  const owner = item.model ?? item.table?.name ?? '';
  if (place === owner || place === item.table?.name) return true;
  return item.fields.some((field) => place === `${owner}.${field}`);
}

/**
 * Refuses names that nothing answers to.
 *
 * @throws AppError USAGE
 */
export function checkChoice(choice: CheckChoice, tables: readonly CheckedTable[]): void {
  const names: readonly string[] = [...checkNames, 'rule'];
  const strange = choice.checks.find((name) => !names.includes(name));
  if (strange !== undefined) throw unknown('check', strange, names);
  const owners = tables.flatMap((table) => [nameOf(table), table.name]);
  const nobody = choice.models.find((name) => !owners.includes(name));
  if (nobody !== undefined) throw unknown('model or table', nobody, [...new Set(tables.map(nameOf))]);
}

function unknown(what: string, name: string, known: readonly string[]): AppError {
  const meant = closestName(name, known);
  const advice = meant === null ? '' : `Did you mean ${meant}? `;
  return new AppError('USAGE', `There is no ${what} ${JSON.stringify(name)}`, {
    hint: `${advice}There are: ${known.slice(0, 40).join(', ')}${known.length > 40 ? ' …' : ''}`,
  });
}

/** Sentences about places in the settings that nothing answers to: a mistyped name would leave a check on, or off. */
export function warnAboutPlaces(settings: CheckSettings, tables: readonly CheckedTable[]): string[] {
  const places = Object.entries(settings.checks).flatMap(([name, setting]) =>
    setting.ignore.map((place) => ({ name, place })),
  );
  const known = tables.flatMap((table) => {
    const fields = [...(table.model?.fields.map((field) => field.name) ?? []), ...[...table.columns.keys()]];
    return [nameOf(table), table.name, ...fields.map((field) => `${nameOf(table)}.${field}`)];
  });
  return places
    .filter(({ place }) => !known.includes(place))
    .map(({ name, place }) => {
      const meant = closestName(place, known);
      const advice = meant === null ? '' : `; did you mean '${meant}'?`;
      return `'${place}' under 'checks.${name}.ignore' names nothing${advice}`;
    });
}
