import type {
  Database,
  DatabaseSnapshot,
  RestoreRequest,
  RestoreTransaction,
  Scope,
} from '../../ports/database.ts';
import type { NextIdTrial, NumberedColumn } from '../../ports/next-id.ts';
import { renameSchemas, type SchemaNames } from './rename-schemas.ts';

/** A database whose tables stand in schemas of other names than everybody outside knows them by. */
export class RenamedDatabase implements Database {
  readonly #inner: Database;
  readonly #names: SchemaNames;
  readonly #former: SchemaNames;

  /** @param names of the schemas inside, by those that are known outside */
  constructor(inner: Database, names: SchemaNames) {
    this.#inner = inner;
    this.#names = names;
    this.#former = new Map([...names].map(([outside, inside]) => [inside, outside]));
  }

  get identity() {
    return this.#inner.identity;
  }

  get confirmName() {
    return this.#inner.confirmName;
  }

  async openSnapshot(scope: Scope): Promise<DatabaseSnapshot> {
    const inner = await this.#inner.openSnapshot(scope);
    return {
      catalogue: this.#outward(inner.catalogue),
      rows: (table, options) => inner.rows(this.#inward(table), options),
      check: (query, options) => inner.check(this.#inward(query), options),
      close: () => inner.close(),
    };
  }

  async openRestore(request: RestoreRequest): Promise<RestoreTransaction> {
    const inner = await this.#inner.openRestore({
      ...request,
      tables: this.#inward(request.tables),
      createSchema: renameSchemas(request.createSchema, this.#names),
    });
    return {
      catalogue: this.#outward(inner.catalogue),
      rows: (table, options) => inner.rows(this.#inward(table), options),
      clear: (tables) => inner.clear(this.#inward(tables)),
      deleteRows: (table, keys) => inner.deleteRows(this.#inward(table), keys),
      insertRows: (table, columns, rows) => inner.insertRows(this.#inward(table), columns, rows),
      countRows: (table) => inner.countRows(this.#inward(table)),
      countOrphans: (foreignKey) => inner.countOrphans(this.#inward(foreignKey)),
      setSequences: (sequences, options) => inner.setSequences(this.#inward(sequences), options),
      commit: () => inner.commit(),
      rollback: () => inner.rollback(),
    };
  }

  async tryNextIds(columns: readonly NumberedColumn[]): Promise<readonly NextIdTrial[]> {
    return this.#outward(await this.#inner.tryNextIds(this.#inward(columns)));
  }

  examineAccess(scope: Scope) {
    return this.#inner.examineAccess(scope);
  }

  finishRestore: Database['finishRestore'] = (journal) => this.#inner.finishRestore(journal);

  close(): Promise<void> {
    return this.#inner.close();
  }

  #inward<T>(value: T): T {
    return rename(value, this.#names);
  }

  #outward<T>(value: T): T {
    return rename(value, this.#former);
  }
}

/** The same value, with other names wherever it names the schema of something. */
function rename<T>(value: T, names: SchemaNames): T {
  if (Array.isArray(value)) return value.map((one) => rename(one, names)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === 'schema' && typeof inner === 'string' ? (names.get(inner) ?? inner) : rename(inner, names),
  ]);
  return Object.fromEntries(entries) as T;
}
