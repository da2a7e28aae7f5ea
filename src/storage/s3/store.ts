import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { S3Settings } from '../../ports/offsite.ts';
import type {
  CallOptions,
  PutOptions,
  Store,
  StoredObject,
  TransferOptions,
  UploadSource,
} from '../../ports/store.ts';
import { exactLength } from '../exact-length.ts';
import { holdsSource, nameTaken, readPart, SourceCheck } from '../read-source.ts';
import { StoreError } from '../store-error.ts';
import { S3Client, type S3Request } from './client.ts';
import { S3Failure } from './failure.ts';
import { listObjects } from './listing.ts';
import { digestHeaders, type MultipartSettings, putParts } from './multipart.ts';
import { checkTag, objectOf } from './object.ts';

export interface S3Options {
  readonly name: string;
  readonly settings: S3Settings;
  readonly now: () => Date;
  /** How many objects a page of a listing has; as many as the store likes unless it is given. */
  readonly pageObjects?: number;
}

/** A bucket of S3, or of a server that speaks its protocol. */
export function openS3Store(options: S3Options): Store {
  return new S3Store(options);
}

const removeMs = 30_000;

class S3Store implements Store {
  readonly name: string;
  readonly #settings: S3Settings;
  readonly #client: S3Client;
  readonly #pageObjects: number | null;
  /** Whether the server refuses to replace an object; until it says that it cannot. */
  #isConditional = true;

  constructor({ name, settings, now, pageObjects }: S3Options) {
    this.name = name;
    this.#settings = settings;
    this.#client = new S3Client(settings, now);
    this.#pageObjects = pageObjects ?? null;
  }

  put(name: string, source: UploadSource, options: PutOptions = {}): Promise<StoredObject> {
    return this.#explained(`Cannot store ${name} on ${this.name}`, async () => {
      const present = await this.#head(name, options.signal);
      if (present !== null) return this.#takePresent(present, source, options);
      try {
        return await this.#store(name, source, options);
      } catch (error) {
        if (!(error instanceof S3Failure) || error.status !== 412) throw error;
        // Somebody else, or an earlier try whose answer was lost, has stored it in between.
        const other = await this.#head(name, options.signal);
        if (other === null) throw error;
        return this.#takePresent(other, source, options);
      }
    });
  }

  get(name: string, options: TransferOptions & { readonly start?: number } = {}): Promise<Readable> {
    const { start = 0, signal, advance } = options;
    return this.#explained(`Cannot read ${name} from ${this.name}`, async () => {
      const response = await this.#open(name, start, signal);
      if (response === null) return Readable.from([]);
      const length = response.headers['content-length'] ?? '';
      if (!/^\d+$/.test(length) || !isFrom(response.headers, start)) {
        response.destroy();
        throw new StoreError(
          'STORE.LOST',
          `Cannot read ${name} from ${this.name}: the answer does not say which bytes it holds`,
        );
      }
      const what = `Reading ${name} from ${this.name}`;
      const chunks = exactLength(response, { bytes: Number(length), what, ...withSignal(signal) });
      return Readable.from(told(chunks, advance), { objectMode: false });
    });
  }

  list({ signal }: CallOptions = {}): Promise<readonly StoredObject[]> {
    return this.#explained(`Cannot list ${this.#place}`, () =>
      listObjects(this.#client, {
        prefix: this.#settings.prefix,
        pageObjects: this.#pageObjects,
        ...withSignal(signal),
      }),
    );
  }

  stat(name: string, { signal }: CallOptions = {}): Promise<StoredObject | null> {
    return this.#explained(`Cannot look for ${name} on ${this.name}`, () => this.#head(name, signal));
  }

  delete(name: string, { signal }: CallOptions = {}): Promise<void> {
    return this.#explained(`Cannot delete ${name} on ${this.name}`, () => this.#remove(name, signal));
  }

  async quota(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  async #head(name: string, signal: AbortSignal | undefined): Promise<StoredObject | null> {
    try {
      const { headers } = await this.#client.sendAndDrain({ method: 'HEAD', name, ...withSignal(signal) });
      return objectOf(name, headers);
    } catch (error) {
      if (!(error instanceof S3Failure) || error.status !== 404) throw error;
      return null;
    }
  }

  /** Null for the end of the object. */
  async #open(name: string, start: number, signal: AbortSignal | undefined) {
    const headers = start === 0 ? {} : { range: `bytes=${start}-` };
    try {
      return await this.#client.send({ method: 'GET', name, headers, ...withSignal(signal) });
    } catch (error) {
      const isAtEnd = error instanceof S3Failure && error.status === 416;
      if (isAtEnd && (await this.#head(name, signal))?.bytes === start) return null;
      throw error;
    }
  }

  async #takePresent(
    present: StoredObject,
    source: UploadSource,
    options: PutOptions,
  ): Promise<StoredObject> {
    let told = 0;
    const advance = (bytes: number): void => {
      told += bytes;
      options.advance?.(bytes);
    };
    const read = () => this.get(present.name, { advance, ...withSignal(options.signal) });
    if (!(await holdsSource(source, present, read))) throw nameTaken(present.name, this.name);
    if (told === 0) options.advance?.(source.bytes);
    await options.memory?.forget();
    return present;
  }

  async #store(name: string, source: UploadSource, options: PutOptions): Promise<StoredObject> {
    const isLarge = source.bytes > this.#settings.partBytes;
    const tag = isLarge
      ? await this.#putInParts(name, source, options)
      : await this.#putWhole(name, source, options);
    return this.#checkStored(name, { bytes: source.bytes, tag }, options.signal);
  }

  #putInParts(name: string, source: UploadSource, options: PutOptions): Promise<string> {
    const { prefix, partBytes, hasChecksumHeaders } = this.#settings;
    const settings: MultipartSettings = {
      ...{ prefix, partBytes, hasChecksumHeaders },
      headers: this.#objectHeaders(source),
      conditionally: (work) => this.#conditionally(work),
    };
    return putParts(this.#client, settings, { name, source, options });
  }

  /** In one request; its bytes are checked before any of them is sent. */
  async #putWhole(name: string, source: UploadSource, options: PutOptions): Promise<string> {
    const body = await readPart(source, { start: 0, end: source.bytes });
    const check = new SourceCheck(source);
    check.add(body);
    check.end();
    const { headers: said } = await this.#conditionally((headers) =>
      this.#client.sendAndDrain({
        method: 'PUT',
        name,
        headers: { ...this.#objectHeaders(source), ...digestHeaders(body, this.#settings), ...headers },
        body,
        ...(options.advance === undefined ? {} : { onSent: options.advance }),
        ...withSignal(options.signal),
      }),
    );
    try {
      checkTag(name, said, source.md5);
    } catch (error) {
      throw await this.#removeWrong(name, error as Error);
    }
    return source.md5;
  }

  #objectHeaders({ sha256 }: UploadSource): Record<string, string> {
    const { storageClass } = this.#settings;
    return {
      'content-type': 'application/octet-stream',
      // For people with other tools; Holdfast does not rely on what it said itself.
      'x-amz-meta-sha256': sha256,
      ...(storageClass === null ? {} : { 'x-amz-storage-class': storageClass }),
    };
  }

  /** With the condition that no object has the name, on a server that knows it. */
  async #conditionally<T>(work: (headers: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
    if (this.#isConditional) {
      try {
        return await work({ 'if-none-match': '*' });
      } catch (error) {
        if (!(error instanceof S3Failure) || error.status !== 501) throw error;
        this.#isConditional = false;
      }
    }
    return work({});
  }

  /** What the store says of the object now; when that is not what was sent, the object is removed. */
  async #checkStored(
    name: string,
    { bytes, tag }: { readonly bytes: number; readonly tag: string },
    signal: AbortSignal | undefined,
  ): Promise<StoredObject> {
    const { headers } = await this.#client.sendAndDrain({ method: 'HEAD', name, ...withSignal(signal) });
    try {
      const stored = objectOf(name, headers);
      if (stored.bytes !== bytes) {
        throw new StoreError(
          'STORE.CHECKSUM',
          `The store holds ${stored.bytes} bytes of ${name}, and ${bytes} were sent`,
        );
      }
      checkTag(name, headers, tag);
      return stored;
    } catch (error) {
      throw await this.#removeWrong(name, error as Error);
    }
  }

  async #removeWrong(name: string, error: Error): Promise<Error> {
    try {
      await this.#remove(name, AbortSignal.timeout(removeMs));
      return error;
    } catch (other) {
      return new StoreError(
        'STORE.CHECKSUM',
        `${error.message}; it could not be removed: ${(other as Error).message}`,
        {
          hint: `Delete ${name} on ${this.name} by hand`,
          cause: error,
        },
      );
    }
  }

  async #remove(name: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#client.sendAndDrain({ method: 'DELETE', name, ...withSignal(signal) });
    } catch (error) {
      if (!(error instanceof S3Failure) || error.code !== 'NoSuchKey') throw error;
    }
  }

  get #place(): string {
    return `${this.name} (bucket ${this.#settings.bucket})`;
  }

  async #explained<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#client.explain(error, what);
    }
  }
}

/** Whether the answer begins where it was asked to. */
function isFrom(headers: IncomingHttpHeaders, start: number): boolean {
  return start === 0 || (headers['content-range'] ?? '').startsWith(`bytes ${start}-`);
}

async function* told(
  chunks: AsyncIterable<Uint8Array>,
  advance: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    advance?.(chunk.length);
    yield chunk;
  }
}

function withSignal(signal: AbortSignal | undefined): Pick<S3Request, 'signal'> {
  return signal === undefined ? {} : { signal };
}
