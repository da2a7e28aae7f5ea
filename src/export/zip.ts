import { Zip, ZipDeflate } from 'fflate';
import { AppError } from '../errors.ts';

/** What the plain form of ZIP can state; fflate writes no other. */
const maxBytes = 2 ** 32 - 1;
const maxEntries = 65_535;

export interface ZipEntry {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** A ZIP archive that is written front to back; one entry at a time. */
export class ZipWriter {
  readonly #sink: (bytes: Uint8Array) => Promise<void>;
  readonly #zip: Zip;
  readonly #made: Uint8Array[] = [];
  #failure: Error | null = null;
  #entries = 0;
  #bytes = 0;

  constructor(sink: (bytes: Uint8Array) => Promise<void>) {
    this.#sink = sink;
    this.#zip = new Zip((error, bytes) => {
      if (error !== null) this.#failure = error;
      else this.#made.push(bytes);
    });
  }

  /** @throws AppError EXPORT.VALUE when the archive has as many entries as it can */
  open(name: string, modified: Date): ZipEntry {
    if (++this.#entries > maxEntries) throw tooLarge(`more than ${maxEntries} files`);
    const entry = new ZipDeflate(name, { level: 6 });
    entry.mtime = modified;
    this.#zip.add(entry);
    let entryBytes = 0;
    return {
      write: async (bytes) => {
        entryBytes += bytes.length;
        if (entryBytes > maxBytes) throw tooLarge(`more than 4 GiB of ${name}`);
        entry.push(bytes);
        await this.#drain();
      },
      end: async () => {
        entry.push(new Uint8Array(0), true);
        await this.#drain();
      },
    };
  }

  async end(): Promise<void> {
    this.#zip.end();
    await this.#drain();
  }

  /** Everything that the archive has made so far goes out before more is put in. */
  async #drain(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    for (const bytes of this.#made.splice(0)) {
      this.#bytes += bytes.length;
      if (this.#bytes > maxBytes) throw tooLarge('more than 4 GiB');
      await this.#sink(bytes);
    }
  }
}

function tooLarge(what: string): AppError {
  return new AppError('EXPORT.VALUE', `A ZIP archive cannot hold ${what}`, {
    hint: 'Write a folder instead: -o <folder>',
  });
}
