import { createReadStream } from 'node:fs';
import { readdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { describeError, systemCode } from '../../errors.ts';
import type { FolderSettings } from '../../ports/offsite.ts';
import type {
  PutOptions,
  Store,
  StoredObject,
  StoreQuota,
  TransferOptions,
  UploadSource,
} from '../../ports/store.ts';
import { PartialFile, removeFileDurably, removePartials } from '../../util/atomic-file.ts';
import { hashFile } from '../../util/hash-file.ts';
import { holdsSource, nameTaken, readChecked } from '../read-source.ts';
import { StoreError } from '../store-error.ts';
import { isStoredName } from '../stored-name.ts';

export interface FolderStoreOptions extends Pick<FolderSettings, 'path'> {
  readonly name: string;
}

/** Another folder: a second disk, a share, a memory stick. */
export function openFolderStore({ name, path: folder }: FolderStoreOptions): Store {
  const fileOf = (object: string): string => {
    if (!isStoredName(object))
      throw new StoreError('STORE.SETTING', `${JSON.stringify(object)} is no name of a copy`);
    return path.join(folder, object);
  };

  async function find(object: string): Promise<StoredObject | null> {
    await stat(folder);
    try {
      return describe(object, await stat(fileOf(object)));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return null;
      throw error;
    }
  }

  async function write(object: string, source: UploadSource, { signal, advance }: PutOptions): Promise<void> {
    await removePartials(folder);
    const partial = await PartialFile.create(folder);
    try {
      for await (const chunk of readChecked(source)) {
        signal?.throwIfAborted();
        await partial.write(chunk);
        advance?.(chunk.length);
      }
      signal?.throwIfAborted();
      await partial.finish();
      await checkWritten(partial.path, source);
      // With one candidate a taken name is an error, and nothing is replaced.
      await partial.publish([object]);
    } catch (error) {
      await partial.discard();
      throw error;
    }
  }

  return {
    name,
    put: (object, source, options = {}) =>
      explained(`Cannot store ${object} on ${name} (${folder})`, async () => {
        options.signal?.throwIfAborted();
        const present = await find(object);
        if (present === null) await write(object, source, options);
        else if (await holdsSource(source, present, async () => createReadStream(fileOf(object)))) {
          options.advance?.(source.bytes);
        } else throw nameTaken(object, name);
        return (await find(object))!;
      }),
    get: (object, options = {}) =>
      explained(`Cannot read ${object} from ${name} (${folder})`, async () => {
        const found = await find(object);
        if (found === null)
          throw new StoreError('STORE.NOT_FOUND', `There is no ${object} on ${name} (${folder})`);
        return openFile(fileOf(object), options);
      }),
    list: () =>
      explained(`Cannot list ${name} (${folder})`, async () => {
        const entries = await readdir(folder, { withFileTypes: true });
        const names = entries
          .filter((entry) => entry.isFile() && isStoredName(entry.name))
          .map((entry) => entry.name);
        const objects: StoredObject[] = [];
        for (const object of names) objects.push(describe(object, await stat(fileOf(object))));
        return objects;
      }),
    stat: (object) => explained(`Cannot look for ${object} on ${name} (${folder})`, () => find(object)),
    delete: (object) =>
      explained(`Cannot delete ${object} on ${name} (${folder})`, () => removeFileDurably(fileOf(object))),
    quota: () =>
      explained(`Cannot ask for the room on ${name} (${folder})`, async (): Promise<StoreQuota> => {
        const { bavail, bsize } = await statfs(folder);
        return { usedBytes: null, freeBytes: bavail * bsize };
      }),
    close: async () => undefined,
  };
}

function describe(name: string, { size, mtime }: { size: number; mtime: Date }): StoredObject {
  return { name, bytes: size, modified: mtime.toISOString(), digests: {} };
}

async function checkWritten(file: string, source: UploadSource): Promise<void> {
  if ((await hashFile(file)) === source.sha256) return;
  throw new StoreError('STORE.CHECKSUM', 'the file reads back differently than it was written', {
    hint: 'The disk is not to be trusted; nothing was kept',
  });
}

function openFile(
  file: string,
  { start = 0, signal, advance }: TransferOptions & { readonly start?: number },
): Readable {
  const stream = createReadStream(file, { start, ...(signal === undefined ? {} : { signal }) });
  if (advance !== undefined) stream.on('data', (chunk) => advance(chunk.length));
  return stream.pause();
}

const reasons: Readonly<
  Record<string, { code: 'STORE.UNREACHABLE' | 'STORE.FULL' | 'STORE.PERMISSION'; hint: string }>
> = {
  ENOENT: {
    code: 'STORE.UNREACHABLE',
    hint: 'Is it mounted? The folder is never made, so that copies do not land on the wrong disk: make it once by hand',
  },
  ENOTDIR: { code: 'STORE.UNREACHABLE', hint: 'Name a folder' },
  EIO: { code: 'STORE.UNREACHABLE', hint: 'Check the disk and its cable' },
  ESTALE: { code: 'STORE.UNREACHABLE', hint: 'Mount the share again' },
  ENOTCONN: { code: 'STORE.UNREACHABLE', hint: 'Mount the share again' },
  EHOSTDOWN: { code: 'STORE.UNREACHABLE', hint: 'Is the other machine running?' },
  ENOSPC: { code: 'STORE.FULL', hint: 'Make room there, or keep fewer copies: retention of the target' },
  EDQUOT: { code: 'STORE.FULL', hint: 'Make room there, or keep fewer copies: retention of the target' },
  EACCES: { code: 'STORE.PERMISSION', hint: 'Give this user the folder' },
  EPERM: { code: 'STORE.PERMISSION', hint: 'Give this user the folder' },
  EROFS: { code: 'STORE.PERMISSION', hint: 'It is mounted read-only' },
};

async function explained<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = reasons[systemCode(error) ?? ''];
    if (reason === undefined) throw error;
    throw new StoreError(reason.code, `${what}: ${describeError(error)}`, {
      hint: reason.hint,
      cause: error,
    });
  }
}
