import { StoreError } from '../store-error.ts';
import type { DriveConnection } from './connection.ts';
import {
  copyMark,
  type DriveFile,
  fileFields,
  folderType,
  oldestFirst,
  quoteQuery,
  readFile,
} from './drive-file.ts';
import { type FolderPlace, findFolder, makeFolder } from './folder.ts';
import { listAll } from './list-all.ts';

/** The files that Holdfast has stored in its folder, and no others. */
export class FolderFiles {
  readonly #open: () => Promise<DriveConnection>;
  readonly #place: FolderPlace;
  #connection: Promise<DriveConnection> | null = null;
  #id: string | null = null;
  /** Chosen before the folder is made, and kept when that fails. */
  #newId: string | null = null;

  constructor(open: () => Promise<DriveConnection>, place: FolderPlace) {
    this.#open = open;
    this.#place = place;
  }

  /** The oldest first; none while there is no folder. */
  async all(signal?: AbortSignal): Promise<readonly DriveFile[]> {
    return this.#search('', signal);
  }

  /** The folder is looked for again with the next call. */
  forgetFolder(): void {
    this.#id = null;
  }

  /** Failures of it are not kept: the next call tries again. */
  async connect(): Promise<DriveConnection> {
    this.#connection ??= this.#open();
    try {
      return await this.#connection;
    } catch (error) {
      this.#connection = null;
      throw error;
    }
  }

  async #findId(signal?: AbortSignal): Promise<string | null> {
    this.#id ??= await findFolder(await this.connect(), this.#place, signal);
    return this.#id;
  }

  /** The id of the folder, which is made where there is none. */
  async makeFolder(signal?: AbortSignal): Promise<string> {
    const found = await this.#findId(signal);
    if (found !== null) return found;
    this.#newId ??= await this.newId(signal);
    await makeFolder(await this.connect(), this.#place, { id: this.#newId, signal });
    this.#id = this.#newId;
    return this.#id;
  }

  /** An id that no file has yet. */
  async newId(signal?: AbortSignal): Promise<string> {
    const { ids } = await (await this.connect()).call(
      'get an id from Google Drive',
      (api, options) => api.files.generateIds({ count: 1, space: 'drive', type: 'files' }, options),
      signal,
    );
    const [id] = ids ?? [];
    if (id !== undefined) return id;
    throw new StoreError('STORE.UNREACHABLE', 'Cannot get an id from Google Drive: the answer holds none');
  }

  async #search(condition: string, signal?: AbortSignal): Promise<readonly DriveFile[]> {
    const folder = await this.#findId(signal);
    if (folder === null) return [];
    const [[key, value]] = Object.entries(copyMark) as [[string, string]];
    const files = await listAll(await this.connect(), {
      what: 'list the files in Google Drive',
      query: `${condition}${quoteQuery(folder)} in parents and trashed = false and mimeType != ${quoteQuery(folderType)} and appProperties has { key=${quoteQuery(key)} and value=${quoteQuery(value)} }`,
      fields: fileFields,
      sharedDrive: this.#place.sharedDrive,
      signal,
    });
    return oldestFirst(files.map(readFile).filter((file) => file !== null));
  }

  /** Of one name, the oldest first. */
  async named(name: string, signal?: AbortSignal): Promise<readonly DriveFile[]> {
    const files = await this.#search(`name = ${quoteQuery(name)} and `, signal);
    // Google compares names without regard to case.
    return files.filter(({ object }) => object.name === name);
  }

  /** The object of that name; null when there is none. */
  async find(name: string, signal?: AbortSignal): Promise<DriveFile | null> {
    return (await this.named(name, signal))[0] ?? null;
  }

  /** For ever, not into the trash, where the file would still count. Only managers of a shared drive can do that. */
  async remove(id: string, name: string, signal?: AbortSignal): Promise<void> {
    const connection = await this.connect();
    const what = `delete ${name} in Google Drive`;
    try {
      await connection.call(
        what,
        (api, options) => api.files.delete({ fileId: id, supportsAllDrives: true }, options),
        signal,
      );
    } catch (error) {
      const code = error instanceof StoreError ? error.code : null;
      if (code === 'STORE.NOT_FOUND') return;
      if (code !== 'STORE.PERMISSION' || this.#place.sharedDrive === null) throw error;
      await connection.call(
        what,
        (api, options) =>
          api.files.update({ fileId: id, supportsAllDrives: true, requestBody: { trashed: true } }, options),
        signal,
      );
    }
  }
}
