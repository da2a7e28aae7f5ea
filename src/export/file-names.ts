const maxLength = 80;
/** Names that stand for devices on Windows. */
const devices = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * Gives files the names of models and tables. Those hold anything: only letters, digits, `_` and `-` of them are used,
 * and no two names are the same on any file system.
 */
export class FileNames {
  readonly #taken = new Set<string>();

  /** @param wanted a name that a database or a schema gave */
  next(wanted: string, ending: string): string {
    const plain = wanted.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, maxLength);
    const base = plain === '' || devices.test(plain) ? `table_${plain}` : plain;
    for (let counter = 1; ; counter++) {
      const name = `${base}${counter === 1 ? '' : `-${counter}`}${ending}`;
      if (this.#taken.has(name.toLowerCase())) continue;
      this.#taken.add(name.toLowerCase());
      return name;
    }
  }
}
