import { quote, type Table } from './postgres-table.ts';
import { quoteLiteral } from './postgres-values.ts';

/** What would change, refuse, add or hide rows if it acted during a restore. */
export function addBeside(table: Table): string[] {
  const { model, name, columns, besideName } = table;
  const title = quote('it\'s "beside"');
  const [first] = columns;
  if (first === undefined) return [];
  const isRequired = first.model.isRequired || table.key.includes(first.name);
  const change = isRequired ? '' : `NEW.${first.name} := NULL;`;
  const trigger = (body: string, timing: string): string[] => [
    `CREATE FUNCTION ${besideName}() RETURNS trigger LANGUAGE plpgsql AS ${quoteLiteral(`BEGIN ${body} END`)}`,
    `CREATE TRIGGER ${title} ${timing} ON ${name} FOR EACH ROW EXECUTE FUNCTION ${besideName}()`,
  ];
  const state = (word: string): string => `ALTER TABLE ${name} ${word} TRIGGER ${title}`;
  switch (model.beside) {
    case 'change':
      return trigger(`${change} RETURN NEW;`, 'BEFORE INSERT OR UPDATE');
    case 'suppress':
      return trigger('RETURN NULL;', 'BEFORE INSERT OR DELETE');
    case 'always':
      return [...trigger(`${change} RETURN NEW;`, 'BEFORE INSERT'), state('ENABLE ALWAYS')];
    case 'disabled':
      return [...trigger('RAISE EXCEPTION $$no$$;', 'AFTER INSERT'), state('DISABLE')];
    case 'add rows':
      return trigger(
        `DELETE FROM ${name} WHERE ${first.name} IS NULL; RETURN NULL;`,
        'AFTER INSERT OR DELETE',
      );
    case 'rule nothing':
      return [`CREATE RULE ${title} AS ON DELETE TO ${name} DO INSTEAD NOTHING`];
    case 'rule also':
      return [`CREATE RULE ${title} AS ON INSERT TO ${name} DO ALSO DELETE FROM ${name}`];
    case 'row security':
      return [
        `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`,
        `CREATE POLICY ${title} ON ${name} USING (${first.name} IS NULL)`,
      ];
    case 'view':
      return [`CREATE MATERIALIZED VIEW ${besideName} AS SELECT count(*) AS total FROM ${name}`];
    default:
      return [];
  }
}

/** As it would be after a restore: derived from the rows that are there. */
export function refreshView({ model, columns, besideName }: Table): string[] {
  return model.beside === 'view' && columns.length > 0 ? [`REFRESH MATERIALIZED VIEW ${besideName}`] : [];
}
