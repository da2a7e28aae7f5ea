import type { PostgresConnection } from './connection.ts';
import { describeServerError, sqlState } from './database-errors.ts';
import { dependsOnFunction } from './function-dependency.ts';
import { quoteLiteral } from './quoting.ts';

/** A constraint that was dropped for the time of the restore. */
interface Constraint {
  readonly name: string;
  readonly table: string;
  readonly table_oid: number;
  readonly quoted_name: string;
  readonly quoted_table: string;
  readonly is_foreign: boolean;
  readonly is_validated: boolean;
  readonly definition: string;
  readonly comment: string | null;
}

/** A pair of statements: one that switches something off, one that puts it back as it was. */
interface Switch {
  readonly off: string;
  readonly on: string;
}

/** What was taken down, in the order in which it comes back. */
export interface TakenDown {
  readonly constraints: readonly Constraint[];
  readonly switches: readonly Switch[];
  /** Foreign keys that are there again already. */
  readonly back: Set<Constraint>;
}

/**
 * Before this version the copies of a partitioned table's row trigger in its partitions are internal, and only a
 * superuser may disable them: the trigger is dropped instead, and made again.
 */
const visibleClonesVersion = 130_000;
const savepoint = 'holdfast_constraint';
/** Foreign key violated; check violated; not null violated. */
const violations = ['23503', '23514', '23502'];

/**
 * Takes down everything that would act on rows which are written exactly: foreign keys from and to the relations,
 * checks that were never proven for all rows or that ask a function, triggers, rules, and row-level security that
 * binds the owner too. All of it with the owner's rights, all of it inside the transaction.
 */
export async function takeDown(connection: PostgresConnection, oids: readonly number[]): Promise<TakenDown> {
  const constraints = await connection.query<Constraint>(constraintsSql, [oids]);
  const hidesClones = connection.serverVersion < visibleClonesVersion;
  const switches = await connection.query<Switch>(switchesSql, [oids, hidesClones ? 'yes' : 'no']);
  const drops = constraints.map(
    (one) => `ALTER TABLE ${one.quoted_table} DROP CONSTRAINT ${one.quoted_name}`,
  );
  for (const sql of [...drops, ...switches.map((one) => one.off)]) await connection.query(sql);
  return { constraints, switches, back: new Set() };
}

/**
 * Puts back what was taken down.
 *
 * @returns a sentence for each constraint that the rows do not fulfil, and that is now there but marked NOT VALID
 * @throws AppError RESTORE.CHECK where the server cannot even do that
 */
export async function putBack(
  connection: PostgresConnection,
  takenDown: TakenDown,
): Promise<readonly string[]> {
  const sentences: string[] = [];
  for (const constraint of takenDown.constraints) {
    if (takenDown.back.has(constraint)) continue;
    const sentence = await addConstraint(connection, constraint);
    if (sentence !== null) sentences.push(sentence);
    await addComment(connection, constraint);
  }
  for (const one of takenDown.switches) await connection.query(one.on);
  return sentences;
}

/**
 * Puts a foreign key back when all rows are there. The server then looks at them all, and they need not be counted.
 *
 * @returns false when rows break it, or when it says nothing about them; it is put back in the end
 */
export async function tryForeignKey(
  connection: PostgresConnection,
  { constraints, back }: TakenDown,
  { name, childOid }: { readonly name: string; readonly childOid: number },
): Promise<boolean> {
  const one = constraints.find((other) => other.name === name && other.table_oid === childOid);
  if (one === undefined || !one.is_foreign || !one.is_validated) return false;
  if (back.has(one)) return true;
  await connection.query(`SAVEPOINT ${savepoint}`);
  try {
    await connection.query(addSql(one));
    await connection.query(`RELEASE ${savepoint}`);
  } catch (error) {
    if (!violations.includes(sqlState(error) ?? '')) throw putBackError(connection, error, one);
    await connection.query(`ROLLBACK TO ${savepoint}`);
    return false;
  }
  await addComment(connection, one);
  back.add(one);
  return true;
}

function addSql({ quoted_table, quoted_name, definition }: Constraint): string {
  return `ALTER TABLE ${quoted_table} ADD CONSTRAINT ${quoted_name} ${definition}`;
}

async function addComment(
  connection: PostgresConnection,
  { quoted_name, quoted_table, comment }: Constraint,
): Promise<void> {
  if (comment === null) return;
  await connection.query(
    `COMMENT ON CONSTRAINT ${quoted_name} ON ${quoted_table} IS ${quoteLiteral(comment)}`,
  );
}

async function addConstraint(connection: PostgresConnection, one: Constraint): Promise<string | null> {
  const sql = addSql(one);
  await connection.query(`SAVEPOINT ${savepoint}`);
  try {
    await connection.query(sql);
    await connection.query(`RELEASE ${savepoint}`);
    return null;
  } catch (error) {
    if (!violations.includes(sqlState(error) ?? '')) throw putBackError(connection, error, one);
    await connection.query(`ROLLBACK TO ${savepoint}`);
    await connection.query(`${sql} NOT VALID`).catch((second: unknown) => {
      throw putBackError(connection, second, one);
    });
    return `Constraint ${one.name} of table ${one.table} is NOT VALID now, because rows of the snapshot break it: ${describeServerError(error)}.`;
  }
}

function putBackError(connection: PostgresConnection, error: unknown, one: Constraint): unknown {
  return connection.failure(
    error,
    `Cannot put constraint ${one.name} of table ${one.table} back`,
    'RESTORE.CHECK',
  );
}

/** Partitions get theirs from the root; inheriting tables get checks from their parents. Checks come back first. */
const constraintsSql = `
SELECT k.conname AS name, n.nspname || '.' || c.relname AS table, c.oid AS table_oid, quote_ident(k.conname) AS quoted_name,
  format('%I.%I', n.nspname, c.relname) AS quoted_table, k.contype = 'f' AS is_foreign,
  k.convalidated AS is_validated, pg_get_constraintdef(k.oid) AS definition,
  obj_description(k.oid, 'pg_constraint') AS comment
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid = ANY ($1::oid[]) OR k.confrelid = ANY ($1::oid[])))
  OR (k.contype IN ('c', 'n') AND k.coninhcount = 0 AND k.conrelid = ANY ($1::oid[])
    AND (NOT k.convalidated OR ${dependsOnFunction('pg_constraint', 'k.oid')}))
ORDER BY k.contype = 'f', n.nspname COLLATE "C", c.relname COLLATE "C", k.conname COLLATE "C"`;

/** SQL: `ENABLE ALWAYS` and the like, from the state of a trigger or a rule. */
function enable(state: string): string {
  return `CASE ${state} WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'D' THEN 'DISABLE' ELSE 'ENABLE' END`;
}

/** Each relation by itself (ONLY), since a partition's triggers may stand otherwise than its root's. */
const switchesSql = `
WITH relations AS (
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name, c.relforcerowsecurity, c.relkind
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1::oid[])
), triggers AS (
  SELECT t.*, r.name, $2 = 'yes' AND r.relkind = 'p' AND t.tgtype & 1 = 1 AS has_hidden_clones
  FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
), clones AS (
  SELECT d.refobjid AS parent, t.tgname, t.tgenabled, r.name FROM pg_depend d
  JOIN pg_trigger t ON t.oid = d.objid JOIN relations r ON r.oid = t.tgrelid
  WHERE d.classid = 'pg_trigger'::regclass AND d.refclassid = 'pg_trigger'::regclass
)
SELECT format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', name, tgname) AS off,
  format('ALTER TABLE ONLY %s %s TRIGGER %I', name, ${enable('tgenabled')}, tgname) AS on
FROM triggers WHERE NOT has_hidden_clones AND tgenabled <> 'D'
UNION ALL
SELECT format('DROP TRIGGER %I ON %s', t.tgname, t.name), concat_ws('; ', pg_get_triggerdef(t.oid),
  CASE WHEN t.tgenabled <> 'O' THEN format('ALTER TABLE ONLY %s %s TRIGGER %I', t.name, ${enable('t.tgenabled')}, t.tgname) END,
  (SELECT string_agg(format('ALTER TABLE ONLY %s %s TRIGGER %I', c.name, ${enable('c.tgenabled')}, c.tgname), '; ')
    FROM clones c WHERE c.parent = t.oid AND c.tgenabled <> 'O'),
  format('COMMENT ON TRIGGER %I ON %s IS %L', t.tgname, t.name, obj_description(t.oid, 'pg_trigger')))
FROM triggers t WHERE t.has_hidden_clones
UNION ALL
SELECT format('ALTER TABLE %s DISABLE RULE %I', r.name, w.rulename),
  format('ALTER TABLE %s %s RULE %I', r.name, ${enable('w.ev_enabled')}, w.rulename)
FROM pg_rewrite w JOIN relations r ON r.oid = w.ev_class WHERE w.ev_type <> '1' AND w.ev_enabled <> 'D'
UNION ALL
SELECT format('ALTER TABLE ONLY %s NO FORCE ROW LEVEL SECURITY', r.name),
  format('ALTER TABLE ONLY %s FORCE ROW LEVEL SECURITY', r.name)
FROM relations r WHERE r.relforcerowsecurity`;
