/**
 * SQL: whether the object depends on a function that is neither built in nor an extension's.
 *
 * @param catalogue the system table that lists the object
 * @param oid SQL for its oid
 * @param part SQL for the number of its column that is meant, where only one is
 */
export function dependsOnFunction(catalogue: string, oid: string, part = 'd.objsubid'): string {
  return `EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = '${catalogue}'::regclass AND d.objid = ${oid} AND d.objsubid = ${part}
    AND d.refclassid = 'pg_proc'::regclass AND d.refobjid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e
      WHERE e.classid = 'pg_proc'::regclass AND e.objid = d.refobjid AND e.deptype = 'e'))`;
}
