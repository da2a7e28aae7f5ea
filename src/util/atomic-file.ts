import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../errors.ts';

/** Temporary names in a backup folder: never a snapshot's name, and recognised by the next run. */
const partialPattern = /^\.holdfast-[0-9a-f]{16}\.partial$/;

/**
 * A file that has no final name until it is complete (mode 0600, created anew: an existing file or link is never
 * written to). Exactly one of `publish` and `discard` ends it.
 */
export class PartialFile {
  readonly path: string;
  readonly #folder: string;
  readonly #handle: FileHandle;
  #isOpen = true;

  private constructor(folder: string, filePath: string, handle: FileHandle) {
    this.#folder = folder;
    this.path = filePath;
    this.#handle = handle;
  }

  static async create(folder: string): Promise<PartialFile> {
    const filePath = path.join(folder, `.holdfast-${randomBytes(8).toString('hex')}.partial`);
    return new PartialFile(folder, filePath, await open(filePath, 'wx', 0o600));
  }

  /** Appends all of `bytes`. */
  async write(bytes: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, offset, bytes.length - offset);
      offset += bytesWritten;
    }
  }

  /** Makes the content durable and closes the file. */
  async finish(): Promise<void> {
    // A failed fsync is never retried on the same file: the kernel may have dropped the pages it could not write.
    await this.#handle.sync();
    await this.#close();
  }

  /**
   * Gives the finished file its name, durably. Never overwrites: the name that was free is returned, `candidates`
   * being tried in order.
   */
  async publish(candidates: Iterable<string>): Promise<string> {
    for (const name of candidates) {
      if (await takeName(this.path, path.join(this.#folder, name))) {
        await syncFolder(this.#folder);
        return name;
      }
    }
    throw new Error('every proposed name is taken');
  }

  /** Removes the file. Safe after any failure, and after `publish`. */
  async discard(): Promise<void> {
    await this.#close();
    await removeFile(this.path);
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#handle.close();
  }
}

/** True when `target` now is the file; false when that name was taken. */
async function takeName(source: string, target: string): Promise<boolean> {
  try {
    await link(source, target);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return false;
    // FAT, some network mounts: no hard links. The run lock keeps other runs from taking the name in between.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return renameIfFree(source, target);
    throw error;
  }
  await unlink(source);
  return true;
}

async function renameIfFree(source: string, target: string): Promise<boolean> {
  if (await exists(target)) return false;
  await rename(source, target);
  return true;
}

/** Writes a small file whole or not at all, durably; a former version is replaced in one step. */
export async function writeFileAtomically(filePath: string, content: string): Promise<void> {
  const folder = path.dirname(filePath);
  const partial = await PartialFile.create(folder);
  try {
    await partial.write(Buffer.from(content));
    await partial.finish();
    await rename(partial.path, filePath);
  } catch (error) {
    await partial.discard();
    throw error;
  }
  await syncFolder(folder);
}

/**
 * Writes a new small file whole or not at all, durably, so that only its owner can read it.
 *
 * @returns false when there is such a file: that stays as it is
 */
export async function writeNewFile(filePath: string, content: string): Promise<boolean> {
  const folder = path.dirname(filePath);
  const partial = await PartialFile.create(folder);
  try {
    await partial.write(Buffer.from(content));
    await partial.finish();
    const isFree = await takeName(partial.path, filePath);
    if (isFree) await syncFolder(folder);
    return isFree;
  } finally {
    await partial.discard();
  }
}

/**
 * Gives a file that others wrote another content, whole or not at all: it keeps its mode and its owner, and a link stays
 * a link to it. A new file gets `mode`.
 */
export async function replaceFile(filePath: string, content: string, mode: number): Promise<void> {
  const target = await realpath(filePath).catch(() => filePath);
  const former = await stat(target).catch(() => null);
  const folder = path.dirname(target);
  const partial = await PartialFile.create(folder);
  try {
    await partial.write(Buffer.from(content));
    if (former !== null) await chown(partial.path, former.uid, former.gid);
    await chmod(partial.path, former === null ? mode : former.mode & 0o7777);
    await partial.finish();
    await rename(partial.path, target);
  } catch (error) {
    await partial.discard();
    throw error;
  }
  await syncFolder(folder);
}

/** Removes a file; one that is not there is no error. */
export async function removeFile(filePath: string): Promise<void> {
  try {
    await unlink(filePath);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Removes a file and makes that durable. */
export async function removeFileDurably(filePath: string): Promise<void> {
  await removeFile(filePath);
  await syncFolder(path.dirname(filePath));
}

/** Removes what runs that died have left. Only for the holder of the folder's run lock. */
export async function removePartials(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (partialPattern.test(name)) await removeFile(path.join(folder, name));
  }
}

/** Makes a folder that only its owner can read, with its parents; one that exists is left as it is. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

export async function exists(filePath: string): Promise<boolean> {
  try {
    await stat(filePath);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes an empty file that only its owner can read; one that exists is left as it is. */
export async function createPrivateFile(filePath: string): Promise<void> {
  await (await open(filePath, 'a', 0o600)).close();
}

/**
 * Gives a file another name, `<name>.<ending>` or with a counter behind it; nothing is overwritten.
 *
 * @returns the new path; null when there was no such file
 */
export async function setAside(filePath: string, ending: string): Promise<string | null> {
  for (let counter = 1; ; counter++) {
    const target = `${filePath}.${ending}${counter === 1 ? '' : `-${counter}`}`;
    try {
      if (await takeName(filePath, target)) return target;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return null;
      throw error;
    }
  }
}
