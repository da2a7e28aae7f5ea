import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { RcloneSettings } from '../../ports/offsite.ts';
import type {
  CallOptions,
  PutOptions,
  Store,
  StoredObject,
  StoreQuota,
  TransferOptions,
  UploadSource,
} from '../../ports/store.ts';
import { exactLength } from '../exact-length.ts';
import { holdsSource, nameTaken, readChecked } from '../read-source.ts';
import { StoreError } from '../store-error.ts';
import { isStoredName } from '../stored-name.ts';
import { explainRclone, type RcloneCall, RcloneFailure, RcloneProcess } from './process.ts';

export interface RcloneOptions {
  readonly name: string;
  readonly settings: RcloneSettings;
}

/** Any remote that the operator's own rclone can reach. */
export function openRcloneStore(options: RcloneOptions): Store {
  return new RcloneStore(options);
}

/** An upload has this name until it is whole: many remotes show a file while it grows. */
const partialEnding = /^(.+)\.[0-9a-f]{16}\.partial$/;

class RcloneStore implements Store {
  readonly name: string;
  readonly #settings: RcloneSettings;

  constructor({ name, settings }: RcloneOptions) {
    this.name = name;
    this.#settings = settings;
  }

  put(name: string, source: UploadSource, options: PutOptions = {}): Promise<StoredObject> {
    return this.#explained(`Cannot store ${name} on ${this.name}`, async () => {
      options.signal?.throwIfAborted();
      const entries = await this.#entries(options);
      const present = entries.find((one) => one.name === name);
      if (present !== undefined) return this.#takePresent(present, source, options);
      const stale = entries.filter((one) => partialEnding.exec(one.name)?.[1] === name);
      for (const one of stale) await this.#remove(one.name, options);
      return this.#upload(name, source, options);
    });
  }

  get(name: string, options: TransferOptions & { readonly start?: number } = {}): Promise<Readable> {
    const what = `Cannot read ${name} from ${this.name}`;
    return this.#explained(what, async () => {
      const { start = 0, signal } = options;
      const found = await this.#find(name, options);
      if (found === null) throw new StoreError('STORE.NOT_FOUND', `There is no ${name} on ${this.name}`);
      if (found.bytes === start) return Readable.from([]);
      return Readable.from(
        this.#read(name, { ...options, start, bytes: found.bytes - start, what, ...withSignal(signal) }),
        {
          objectMode: false,
        },
      );
    });
  }

  list(options: CallOptions = {}): Promise<readonly StoredObject[]> {
    return this.#explained(`Cannot list ${this.name}`, async () =>
      (await this.#entries(options)).filter(({ name }) => isStoredName(name)),
    );
  }

  stat(name: string, options: CallOptions = {}): Promise<StoredObject | null> {
    return this.#explained(`Cannot look for ${name} on ${this.name}`, () => this.#find(name, options));
  }

  delete(name: string, options: CallOptions = {}): Promise<void> {
    return this.#explained(`Cannot delete ${name} on ${this.name}`, () => this.#remove(name, options));
  }

  /** Null where the remote has no such thing, which rclone tells by a failure. */
  async quota(options: CallOptions = {}): Promise<StoreQuota | null> {
    try {
      const about = JSON.parse(
        await this.#output({ what: 'about', args: ['about', '--json', this.#settings.remote], ...options }),
      );
      return { usedBytes: count(about.used), freeBytes: count(about.free) };
    } catch (error) {
      if (error instanceof RcloneFailure) return null;
      throw error;
    }
  }

  async close(): Promise<void> {}

  async #takePresent(
    present: StoredObject,
    source: UploadSource,
    options: PutOptions,
  ): Promise<StoredObject> {
    const read = () => this.get(present.name, withSignal(options.signal));
    if (!(await holdsSource(source, present, read))) throw nameTaken(present.name, this.name);
    options.advance?.(source.bytes);
    return present;
  }

  /** Under a name of its own, compared, and then renamed. */
  async #upload(name: string, source: UploadSource, options: PutOptions): Promise<StoredObject> {
    const partial = `${name}.${randomBytes(8).toString('hex')}.partial`;
    try {
      await this.#send(partial, source, options);
      const sent = await this.#checkSent(partial, source, options);
      await this.#output({
        what: 'moveto',
        args: ['moveto', this.#at(partial), this.#at(name)],
        ...withSignal(options.signal),
      });
      return { ...sent, name };
    } catch (error) {
      await this.#removeQuietly(partial);
      throw error;
    }
  }

  async #send(partial: string, source: UploadSource, { signal, advance }: PutOptions): Promise<void> {
    const process = new RcloneProcess(this.#settings, {
      what: 'rcat',
      // The exact size: without it a stream that ends early would count as whole.
      args: ['rcat', '--size', String(source.bytes), this.#at(partial)],
      input: counted(readChecked(source), advance),
      ...withSignal(signal),
    });
    process.stdout.resume();
    await process.ended;
  }

  /** By a digest that the remote has, else by reading it back. */
  async #checkSent(partial: string, source: UploadSource, { signal }: PutOptions): Promise<StoredObject> {
    const sent = await this.#find(partial, { ...withSignal(signal), isWithDigests: true });
    if (sent === null) throw new StoreError('STORE.LOST', 'the remote does not show what was sent');
    const read = async () =>
      this.#read(partial, {
        start: 0,
        bytes: sent.bytes,
        what: `Reading ${partial} back`,
        ...withSignal(signal),
      });
    if (await holdsSource(source, sent, read)) return sent;
    throw new StoreError(
      'STORE.CHECKSUM',
      `The remote holds other bytes than were sent (${sent.bytes} of ${source.bytes})`,
    );
  }

  async *#read(
    name: string,
    {
      start,
      bytes,
      what,
      signal,
      advance,
    }: TransferOptions & { readonly start: number; readonly bytes: number; readonly what: string },
  ): AsyncGenerator<Uint8Array> {
    const stop = new AbortController();
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    const args = ['cat', '--offset', String(start), this.#at(name)];
    const process = new RcloneProcess(this.#settings, { what, args, signal: either });
    try {
      for await (const chunk of exactLength(process.stdout, { bytes, what, ...withSignal(signal) })) {
        advance?.(chunk.length);
        yield chunk;
      }
      await process.ended;
    } catch (error) {
      throw explainRclone(error, what);
    } finally {
      stop.abort();
    }
  }

  /** By itself: a list with digests would have some remotes read every file. */
  async #find(
    name: string,
    { isWithDigests = false, signal }: CallOptions & { readonly isWithDigests?: boolean },
  ): Promise<StoredObject | null> {
    const digests = isWithDigests ? ['--hash'] : [];
    const args = ['lsjson', '--stat', ...digests, this.#at(name)];
    const entry = await this.#json<RcloneEntry>({ what: 'lsjson', args, ...withSignal(signal) });
    return entry === null ? null : describe(entry);
  }

  /** Every file of the remote's folder; none when the folder is not there yet: rclone makes it. */
  async #entries({ signal }: CallOptions): Promise<readonly StoredObject[]> {
    const args = ['lsjson', '--files-only', '--max-depth', '1', this.#settings.remote];
    const entries = await this.#json<readonly RcloneEntry[]>({ what: 'lsjson', args, ...withSignal(signal) });
    return (entries ?? []).map(describe);
  }

  /** What rclone prints as JSON; null for what is not there. */
  async #json<T>(call: RcloneCall): Promise<T | null> {
    try {
      return JSON.parse(await this.#output(call)) as T | null;
    } catch (error) {
      if (error instanceof RcloneFailure && error.isAbsent) return null;
      throw error;
    }
  }

  async #remove(name: string, options: CallOptions): Promise<void> {
    try {
      await this.#output({
        what: 'deletefile',
        args: ['deletefile', this.#at(name)],
        ...withSignal(options.signal),
      });
    } catch (error) {
      // Absence has no exit code of its own here.
      if (!(error instanceof RcloneFailure) || (await this.#find(name, options)) !== null) throw error;
    }
  }

  async #removeQuietly(name: string): Promise<void> {
    try {
      await this.#remove(name, { signal: AbortSignal.timeout(30_000) });
    } catch {
      // The next upload of the name removes it; the first error says more.
    }
  }

  async #output(call: RcloneCall): Promise<string> {
    const process = new RcloneProcess(this.#settings, call);
    const text = (await buffer(process.stdout)).toString('utf8');
    await process.ended;
    return text;
  }

  #at(name: string): string {
    const { remote } = this.#settings;
    return remote.endsWith(':') || remote.endsWith('/') ? `${remote}${name}` : `${remote}/${name}`;
  }

  async #explained<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainRclone(error, what);
    }
  }
}

interface RcloneEntry {
  readonly Name: string;
  readonly Size: number;
  readonly ModTime: string;
  readonly Hashes?: Readonly<Record<string, string>>;
}

function describe({ Name: name, Size: bytes, ModTime, Hashes = {} }: RcloneEntry): StoredObject {
  const { md5, sha256 } = Hashes;
  const digests = { ...(md5 ? { md5 } : {}), ...(sha256 ? { sha256 } : {}) };
  return { name, bytes, modified: new Date(ModTime).toISOString(), digests };
}

function count(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 ? value : null;
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  advance: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk;
    advance?.(chunk.length);
  }
}

function withSignal(signal: AbortSignal | undefined): CallOptions {
  return signal === undefined ? {} : { signal };
}
