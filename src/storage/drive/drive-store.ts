import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CallOptions,
  PutOptions,
  Store,
  StoredObject,
  StoreQuota,
  TransferOptions,
  UploadMemory,
  UploadSource,
} from '../../ports/store.ts';
import { formatBytes } from '../../util/bytes.ts';
import { nameTaken } from '../read-source.ts';
import { StoreError } from '../store-error.ts';
import { isStoredName } from '../stored-name.ts';
import { readAbout } from './about.ts';
import type { DriveConnection } from './connection.ts';
import { download } from './download.ts';
import { type DriveFile, fileFields, holds, readFile } from './drive-file.ts';
import { type FolderPlace, trashed } from './folder.ts';
import { FolderFiles } from './folder-files.ts';
import { type Upload, type UploadSizes, uploadLarge, uploadSmall } from './upload.ts';
import { memoryOfProcess, readUploadState, type UploadIdentity, writeUploadState } from './upload-state.ts';

/** Google's advice is one request up to 5 MB, and the resumable protocol above that. */
export const usualSizes: UploadSizes = {
  smallBytes: 5_000_000,
  chunkBytes: 8 * 1024 * 1024,
  chunkMs: 600_000,
};

export interface DriveStoreOptions {
  /** Makes the connection when it is first needed. */
  readonly connect: () => Promise<DriveConnection>;
  readonly name: string;
  readonly place: FolderPlace;
  readonly sizes?: UploadSizes;
  /** Before the second attempt of a chunk; doubled before each further one. */
  readonly pauseMs?: number;
  /** For tests of what the comparison of digests protects from. */
  readonly compares?: boolean;
}

/** Google Drive as a store: all files in one folder, which is made by the first `put`. */
export class DriveStore implements Store {
  readonly name: string;
  readonly #options: DriveStoreOptions;
  readonly #files: FolderFiles;
  readonly #sizes: UploadSizes;
  readonly #memories = new Map<string, string>();

  constructor(options: DriveStoreOptions) {
    this.name = options.name;
    this.#options = options;
    this.#files = new FolderFiles(options.connect, options.place);
    this.#sizes = options.sizes ?? usualSizes;
  }

  async put(name: string, source: UploadSource, options: PutOptions = {}): Promise<StoredObject> {
    const { signal, memory = memoryOfProcess(this.#memories, name) } = options;
    signal?.throwIfAborted();
    const connection = await this.#files.connect();
    const folder = await this.#files.makeFolder(signal);
    const present = await this.#files.find(name, signal);
    if (present !== null) return this.#takePresent(present, source, memory);
    const identity: UploadIdentity = { folder, name, source };
    let state = await readUploadState(memory, identity);
    if (state === null) {
      await this.#checkRoom(name, source.bytes, signal);
      state = { id: await this.#files.newId(signal), session: null };
      await writeUploadState(memory, identity, state);
    }
    const reached = tellOnce(options.advance);
    const upload: Upload = { ...identity, connection, state, memory, reached, ...(signal && { signal }) };
    return this.#verify(await this.#send(upload), upload);
  }

  async get(name: string, options: TransferOptions & { readonly start?: number } = {}): Promise<Readable> {
    const file = await this.#files.find(name, options.signal);
    if (file !== null)
      return download(await this.#files.connect(), file, { ...options, start: options.start ?? 0 });
    throw new StoreError('STORE.NOT_FOUND', `There is no ${name} in Google Drive (${this.name})`, {
      hint: `holdfast sync status --target ${this.name}`,
    });
  }

  async list({ signal }: CallOptions = {}): Promise<readonly StoredObject[]> {
    const files = (await this.#files.all(signal)).filter(({ object }) => isStoredName(object.name));
    return [...new Map(files.toReversed().map(({ object }) => [object.name, object])).values()];
  }

  async stat(name: string, { signal }: CallOptions = {}): Promise<StoredObject | null> {
    return (await this.#files.find(name, signal))?.object ?? null;
  }

  async delete(name: string, { signal }: CallOptions = {}): Promise<void> {
    for (const { id } of await this.#files.named(name, signal)) await this.#files.remove(id, name, signal);
  }

  async quota({ signal }: CallOptions = {}): Promise<StoreQuota | null> {
    if (this.#options.place.sharedDrive !== null) return null;
    const { limitBytes, usedBytes } = await readAbout(await this.#files.connect(), signal);
    const isKnown = limitBytes !== null && usedBytes !== null;
    const freeBytes = isKnown ? Math.max(0, limitBytes - usedBytes) : null;
    return { usedBytes, freeBytes };
  }

  async close(): Promise<void> {
    this.#memories.clear();
  }

  async #takePresent(
    { object }: DriveFile,
    source: UploadSource,
    memory: UploadMemory,
  ): Promise<StoredObject> {
    if (holds(object, source) !== true) throw nameTaken(object.name, `Google Drive (${this.name})`);
    await memory.forget();
    return object;
  }

  async #checkRoom(name: string, bytes: number, signal?: AbortSignal): Promise<void> {
    const { freeBytes } = (await this.quota(signal === undefined ? {} : { signal })) ?? { freeBytes: null };
    if (freeBytes === null || freeBytes >= bytes) return;
    const need = `it needs ${formatBytes(bytes)}, and ${formatBytes(freeBytes)} are free`;
    throw new StoreError('STORE.FULL', `Cannot store ${name} in Google Drive (${this.name}): ${need}`, {
      hint: 'Make room (Gmail and Photos count, too, and so does the trash), or take another account; `holdfast drive status` shows the quota',
    });
  }

  /** The file as Google has it after the upload. */
  async #send(upload: Upload): Promise<DriveFile | null> {
    const { pauseMs = 1000 } = this.#options;
    const pause = (count: number) => waitFor(pauseMs * 2 ** (count - 1), upload.signal);
    try {
      const isSmall = upload.source.bytes <= this.#sizes.smallBytes;
      const file = isSmall ? await uploadSmall(upload) : await uploadLarge(upload, this.#sizes, pause);
      const read = file === null ? null : readFile(file);
      if (read !== null && holds(read.object, upload.source) !== null) return read;
    } catch (error) {
      // An attempt whose answer was lost has got through: its file has the id that this one would have had.
      if (!(error instanceof StoreError) || error.code !== 'STORE.EXISTS') throw error;
    }
    return this.#readById(upload);
  }

  async #readById({ connection, state, memory, name, signal }: Upload): Promise<DriveFile | null> {
    try {
      const file = await connection.call(
        `look at ${name} in Google Drive`,
        (api, options) =>
          api.files.get({ fileId: state.id, fields: fileFields, supportsAllDrives: true }, options),
        signal,
      );
      return readFile(file);
    } catch (error) {
      // An id that is taken by what cannot be seen would keep every further attempt from going well.
      if (error instanceof StoreError && error.code === 'STORE.NOT_FOUND') await memory.forget();
      throw error;
    }
  }

  /** When what is stored is not what was sent, it is removed. */
  async #verify(file: DriveFile | null, { name, source, memory, state }: Upload): Promise<StoredObject> {
    const isGood = file !== null && (holds(file.object, source) === true || this.#options.compares === false);
    await memory.forget();
    if (isGood && file.isTrashed) {
      this.#files.forgetFolder();
      throw trashed(this.#options.place.name);
    }
    if (isGood) return file.object;
    const left = await this.#files.remove(state.id, name).then(
      () => 'it was removed there',
      (error: Error) => `it could not be removed there (${error.message})`,
    );
    throw new StoreError(
      'STORE.CHECKSUM',
      `Cannot store ${name} in Google Drive (${this.name}): what Google holds is not what was sent; ${left}`,
      { hint: 'Run the command again; if it happens again, check the file with holdfast validate backup' },
    );
  }
}

async function waitFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // The timer rejects with an error of its own when it is aborted.
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  signal?.throwIfAborted();
}

/** A part that is sent again is told of once. */
function tellOnce(advance: PutOptions['advance']): (reached: number) => void {
  let told = 0;
  return (reached) => {
    if (reached <= told) return;
    advance?.(reached - told);
    told = reached;
  };
}
