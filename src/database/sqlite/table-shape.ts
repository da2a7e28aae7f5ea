import { AppError } from '../../errors.ts';
import type { TableName } from '../../snapshot/table.ts';
import type { Affinity } from './affinity.ts';
import type { TextEncoding } from './utf16-lines.ts';

export interface ColumnShape {
  readonly name: string;
  readonly affinity: Affinity;
  /** Computed from other columns; a virtual one is not even stored. */
  readonly computed: 'no' | 'stored' | 'virtual';
}

/** What reading and writing a table need to know beyond its definition. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly ColumnShape[];
  /** SQL for the row number; null where the table has none, or all its names are taken by columns. */
  readonly rowNumber: string | null;
  /** The column that is the row number; null where it is hidden or there is none. */
  readonly rowNumberColumn: string | null;
  readonly isAutoincrement: boolean;
}

/** The tables of one database file. */
export interface Shapes {
  readonly encoding: TextEncoding;
  readonly all: readonly TableShape[];
  /** @throws AppError SNAPSHOT.TABLE when there is no such table */
  get(table: TableName): TableShape;
}

export function createShapes(encoding: TextEncoding, all: readonly TableShape[]): Shapes {
  const byName = new Map(all.map((shape) => [shape.name, shape]));
  return {
    encoding,
    all,
    get({ name }) {
      const shape = byName.get(name);
      if (shape === undefined) {
        throw new AppError('SNAPSHOT.TABLE', `The database has no table ${name}`, {
          hint: 'Bring the schema up to date first, for example with `npx prisma migrate deploy`.',
        });
      }
      return shape;
    },
  };
}
