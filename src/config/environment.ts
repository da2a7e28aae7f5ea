import type { EnvFile } from './env-file.ts';

export interface Variable {
  readonly name: string;
  /** May be a secret. */
  readonly value: string;
  /** For messages: `the environment`, or the path of a `.env` file. */
  readonly place: string;
  /** For messages: `DATABASE_URL in .env`. */
  readonly origin: string;
  /** Another `.env` file that says something else, and is not heard. */
  readonly overruled: string | null;
}

/**
 * The process environment and, behind it, the application's `.env` files: the first that has a name decides. An empty
 * value counts as not set, and hides those behind it. Prints as nothing, because it holds secrets.
 */
export class Environment {
  readonly #process: ReadonlyMap<string, string>;
  readonly #files: readonly EnvFile[];

  constructor(process: Readonly<Record<string, string | undefined>>, files: readonly EnvFile[] = []) {
    this.#process = new Map(
      Object.entries(process).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
    this.#files = files;
  }

  get(name: string): Variable | null {
    const found = this.#places(name);
    const first = found[0];
    if (first === undefined || first.value.trim() === '') return null;
    const other = found.slice(1).find(({ value }) => value !== first.value);
    return {
      name,
      value: first.value,
      place: first.place,
      origin: `${name} in ${first.place}`,
      overruled: first.isFile && other !== undefined ? other.place : null,
    };
  }

  /** Why `get` finds nothing: `not set`, or `empty in .env`. */
  explainMissing(name: string): string {
    const first = this.#places(name)[0];
    return first === undefined ? 'not set' : `empty in ${first.place}`;
  }

  /** Every name that has a value, sorted. */
  names(): readonly string[] {
    const names = new Set([
      ...this.#process.keys(),
      ...this.#files.flatMap(({ values }) => [...values.keys()]),
    ]);
    return [...names].filter((name) => this.get(name) !== null).sort();
  }

  /** The paths of the `.env` files that were read, for messages. */
  files(): readonly string[] {
    return this.#files.map(({ path }) => path);
  }

  /** The same environment with one more file behind the others. */
  with(file: EnvFile): Environment {
    return new Environment(Object.fromEntries(this.#process), [...this.#files, file]);
  }

  /** For a child process: as this process got it, or with the values of the `.env` files. */
  toRecord(options: { readonly withFiles: boolean }): Record<string, string> {
    const record: Record<string, string> = {};
    const files = options.withFiles ? this.#files.map(({ values }) => values) : [];
    for (const values of [...files.toReversed(), this.#process])
      Object.assign(record, Object.fromEntries(values));
    return record;
  }

  #places(name: string): readonly { value: string; place: string; isFile: boolean }[] {
    const own = this.#process.get(name);
    return [
      ...(own === undefined ? [] : [{ value: own, place: 'the environment', isFile: false }]),
      ...this.#files.flatMap(({ path, values }) => {
        const value = values.get(name);
        return value === undefined ? [] : [{ value, place: path, isFile: true }];
      }),
    ];
  }
}
