import type { Readable } from 'node:stream';

/** One object in a store: a copy of a snapshot file, or of its sidecar or checksum. */
export interface StoredObject {
  /** The file's name, without any folder of the store. */
  readonly name: string;
  readonly bytes: number;
  /** When the store took it, UTC in ISO form. Never a reason to delete anything. */
  readonly modified: string;
  /** What the store itself says of the stored bytes, in lower-case hex; absent where it says nothing. */
  readonly digests: { readonly md5?: string; readonly sha256?: string };
}

/** What is to be stored. The bytes can be opened again from any offset, as often as a retry needs. */
export interface UploadSource {
  readonly bytes: number;
  /** Of the whole, in lower-case hex. */
  readonly sha256: string;
  readonly md5: string;
  /** The bytes from `start` on; `end` is the offset behind the last one. */
  open(range: { readonly start: number; readonly end: number }): Readable;
}

/**
 * What an upload has to remember to go on after the process died, such as the address of a session. Kept in the backup
 * folder with mode 0600 for one object and target; never holds credentials.
 */
export interface UploadMemory {
  read(): Promise<string | null>;
  /** Durable when it resolves. */
  write(text: string): Promise<void>;
  forget(): Promise<void>;
}

export interface CallOptions {
  /** Aborting it ends the call with its reason. */
  readonly signal?: AbortSignal;
}

export interface TransferOptions extends CallOptions {
  /** So many more bytes are through; a part that is sent again is told of once. */
  readonly advance?: (bytes: number) => void;
}

export interface PutOptions extends TransferOptions {
  readonly memory?: UploadMemory;
}

/** Null where the store sets no limit or does not tell. */
export interface StoreQuota {
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
}

/**
 * A place outside the backup folder where copies of snapshots are kept. Names are those of files in the backup folder;
 * what else lies in the same place is neither listed nor touched. Every rejection is an AppError:
 *
 * STORE.UNREACHABLE, STORE.BUSY (the store asked to wait; a `StoreError` says how long), STORE.LOST (the connection
 * broke) are worth another try; a `put` that is tried again with the same memory goes on where it was. STORE.AUTHENTICATION, STORE.PERMISSION, STORE.FULL, STORE.NOT_FOUND,
 * STORE.EXISTS (another object has the name), STORE.CHECKSUM (what is stored is not what was sent) and
 * STORE.SETTING are not.
 */
export interface Store {
  /** The target's name in the settings: `s3`, `office`. */
  readonly name: string;
  /**
   * Stores the whole source under the name. When it resolves the store has said that it holds exactly these bytes: size
   * and a digest were compared. When it rejects no object of that name is complete and wrong: what was stored and does
   * not match was removed, or the error says that it could not be. Repeating is safe: an equal object that is there
   * already is success, another one is STORE.EXISTS and stays as it was.
   */
  put(name: string, source: UploadSource, options?: PutOptions): Promise<StoredObject>;
  /**
   * The object's bytes from `start` on; none when that is its end. The stream errors when the connection ends before the last byte.
   *
   * @throws AppError STORE.NOT_FOUND
   */
  get(name: string, options?: TransferOptions & { readonly start?: number }): Promise<Readable>;
  /** Every object, in no order. All pages or a rejection: never a part of the list. */
  list(options?: CallOptions): Promise<readonly StoredObject[]>;
  /** Null when the store says that there is none; anything else that keeps it from answering rejects. */
  stat(name: string, options?: CallOptions): Promise<StoredObject | null>;
  /** When it resolves there is no object of that name; absent is success. */
  delete(name: string, options?: CallOptions): Promise<void>;
  /** Null where the store has no such thing. */
  quota(options?: CallOptions): Promise<StoreQuota | null>;
  /** Safe to call twice. */
  close(): Promise<void>;
}
