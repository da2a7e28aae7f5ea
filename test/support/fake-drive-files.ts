import { hash, randomBytes } from 'node:crypto';
import type { Asker } from './fake-drive-accounts.ts';
import { matches, parseQuery } from './fake-drive-query.ts';

/** An error answer in Drive's own form, or in that of OAuth. */
export class FakeRefusal extends Error {
  readonly status: number;
  readonly body: object;
  readonly headers: Record<string, string>;

  constructor(status: number, reason: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
    this.body = driveErrorBody(status, reason, message);
  }

  static oauth(status: number, body: object): FakeRefusal {
    return Object.assign(new FakeRefusal(status, '', ''), { body });
  }
}

export function driveErrorBody(status: number, reason: string, message: string): object {
  const domain = /quota|limit/i.test(reason) ? 'usageLimits' : 'global';
  return { error: { code: status, message, errors: [{ domain, reason, message }] } };
}

export interface Resource {
  readonly id?: string;
  readonly name?: string;
  readonly mimeType?: string;
  readonly parents?: readonly string[];
  readonly appProperties?: Readonly<Record<string, string>>;
  readonly trashed?: boolean;
}

export interface FakeFile {
  readonly id: string;
  name: string;
  readonly mimeType: string;
  readonly parents: readonly string[];
  readonly appProperties: Readonly<Record<string, string>>;
  /** Null for a folder. */
  content: Buffer | null;
  readonly created: string;
  trashed: boolean;
  /** The application that made it. */
  readonly app: string;
  /** Google takes it for malware. */
  isFlagged: boolean;
}

export const folderMime = 'application/vnd.google-apps.folder';
const root = 'root-of-joe';

/** Everything that is stored, of everybody. */
export class FakeFiles {
  readonly all = new Map<string, FakeFile>();
  /** The shared drives, with the role of the service account in each. */
  readonly sharedDrives = new Map<string, 'organizer' | 'fileOrganizer'>();
  readonly #generated = new Set<string>();
  #clock = Date.UTC(2026, 10, 1);
  limitBytes: number | null = 15_000_000_000;
  /** The most files that one page of a list holds. */
  pageLimit = 1000;
  /** Says an md5 that is not that of the content. */
  liesAboutMd5 = false;
  /** Changes one byte of whatever is stored. */
  spoils = false;

  /** Not in the trash, by name. */
  named(name: string): readonly FakeFile[] {
    return [...this.all.values()].filter((file) => file.name === name && !file.trashed);
  }

  get usedBytes(): number {
    return [...this.all.values()].reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
  }

  add(file: Partial<FakeFile> & { readonly name: string }): FakeFile {
    this.#clock += 1000;
    const whole: FakeFile = {
      ...{ id: randomBytes(14).toString('hex'), mimeType: 'application/octet-stream', parents: [root] },
      ...{ appProperties: {}, content: null, trashed: false, app: 'another application', isFlagged: false },
      created: new Date(this.#clock).toISOString(),
      ...file,
    };
    this.all.set(whole.id, whole);
    return whole;
  }

  about({ account, isServiceAccount }: Asker): object {
    const limit = isServiceAccount ? 0 : this.limitBytes;
    const quota = { usage: String(isServiceAccount ? 0 : this.usedBytes) };
    return {
      user: { emailAddress: account },
      storageQuota: limit === null ? quota : { ...quota, limit: String(limit) },
    };
  }

  generateIds(count: number): readonly string[] {
    const ids = Array.from({ length: count }, () => randomBytes(14).toString('hex'));
    for (const id of ids) this.#generated.add(id);
    return ids;
  }

  list(asker: Asker, query: URLSearchParams): object {
    const driveId = query.get('driveId');
    if (driveId !== null && !this.sharedDrives.has(driveId)) {
      throw new FakeRefusal(404, 'notFound', `Shared drive not found: ${driveId}`);
    }
    const conditions = parseQuery(query.get('q') ?? '');
    const found = [...this.all.values()].filter(
      (file) => this.#isVisible(asker, file) && conditions.every((one) => matches(file, one)),
    );
    const size = Math.min(Number(query.get('pageSize') ?? 100), this.pageLimit);
    const start = Number(query.get('pageToken') ?? 0);
    const fields = /files\(([^)]*)\)/.exec(query.get('fields') ?? '')?.[1] ?? 'id,name';
    const page = found.slice(start, start + size).map((file) => this.describe(file, fields));
    const next = start + size < found.length ? { nextPageToken: String(start + size) } : {};
    return { ...next, incompleteSearch: false, files: page };
  }

  look(asker: Asker, id: string, query: URLSearchParams): object {
    return this.describe(this.#get(asker, id), query.get('fields') ?? 'id,name');
  }

  update(asker: Asker, id: string, { trashed }: Resource): object {
    const file = this.#get(asker, id);
    file.trashed = trashed ?? file.trashed;
    return this.describe(file, 'id,name');
  }

  delete(asker: Asker, id: string): void {
    const file = this.#get(asker, id);
    if (this.#driveOf(file) !== null && this.sharedDrives.get(this.#driveOf(file)!) !== 'organizer') {
      throw new FakeRefusal(
        403,
        'insufficientFilePermissions',
        'The user does not have sufficient permissions.',
      );
    }
    this.all.delete(id);
  }

  download(
    asker: Asker,
    { id, query, range }: { id: string; query: URLSearchParams; range: string | null },
    send: (status: number, body: Buffer, headers?: Record<string, string>) => void,
  ): void {
    const { content, isFlagged } = this.#get(asker, id);
    if (content === null)
      throw new FakeRefusal(403, 'fileNotDownloadable', 'Only files with binary content can be downloaded.');
    if (isFlagged && query.get('acknowledgeAbuse') !== 'true') {
      throw new FakeRefusal(
        403,
        'cannotDownloadAbusiveFile',
        'This file has been identified as malware or spam.',
      );
    }
    if (range === null) {
      send(200, content, {});
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
    if (!(start < content.length)) throw new FakeRefusal(416, 'requestedRangeNotSatisfiable', '');
    const headers = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
    send(206, content.subarray(start), headers);
  }

  /** What must be right before a file can be made, with or without content. */
  checkNew(asker: Asker, { id, parents = [root] }: Resource, bytes: number): void {
    if (id !== undefined && this.all.has(id)) {
      throw new FakeRefusal(409, 'fileIdInUse', 'A file already exists with the provided ID.');
    }
    if (id !== undefined && !this.#generated.has(id)) {
      throw new FakeRefusal(400, 'invalid', 'The provided file ID is not usable.');
    }
    const [parent = root] = parents;
    const drive = this.#driveOf({ parents: [parent] });
    if (drive !== null) return;
    if (asker.isServiceAccount) {
      const message =
        'Service Accounts do not have storage quota. Leverage shared drives, or use OAuth delegation instead.';
      throw new FakeRefusal(403, 'storageQuotaExceeded', message);
    }
    if (parent !== root && !this.#isVisible(asker, this.all.get(parent))) {
      throw new FakeRefusal(404, 'notFound', `File not found: ${parent}.`);
    }
    if (this.limitBytes !== null && bytes > this.limitBytes - this.usedBytes) {
      throw new FakeRefusal(403, 'storageQuotaExceeded', "The user's Drive storage quota has been exceeded.");
    }
  }

  /** The asked fields, and no other. */
  describe(file: FakeFile, fields: string): Record<string, unknown> {
    const md5 = file.content === null ? undefined : hash('md5', file.content);
    const resource: Record<string, unknown> = {
      ...{ id: file.id, name: file.name, mimeType: file.mimeType, parents: file.parents },
      ...{ createdTime: file.created, modifiedTime: file.created },
      trashed: this.#isTrashed(file),
      ...(file.content === null
        ? {}
        : {
            size: String(file.content.length),
            md5Checksum: this.liesAboutMd5 ? md5!.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) : md5,
            sha256Checksum: this.liesAboutMd5 ? undefined : hash('sha256', file.content),
          }),
    };
    return Object.fromEntries(fields.split(',').map((field) => [field, resource[field]]));
  }

  /** A file in a folder that is in the trash is in the trash. */
  #isTrashed({ trashed, parents }: FakeFile): boolean {
    return trashed || parents.some((id) => this.all.get(id)?.trashed === true);
  }

  #isVisible({ isServiceAccount, app, scopes }: Asker, file: FakeFile | undefined): boolean {
    if (file === undefined) return false;
    if (isServiceAccount) return this.#driveOf(file) !== null;
    return (
      this.#driveOf(file) === null && (file.app === app || !scopes.every((one) => one.endsWith('drive.file')))
    );
  }

  #driveOf({ parents }: Pick<FakeFile, 'parents'>): string | null {
    const [parent] = parents;
    if (parent === undefined || this.sharedDrives.has(parent)) return parent ?? null;
    const above = this.all.get(parent);
    return above === undefined ? null : this.#driveOf(above);
  }

  #get(asker: Asker, id: string): FakeFile {
    const file = this.all.get(id);
    if (file !== undefined && this.#isVisible(asker, file)) return file;
    throw new FakeRefusal(404, 'notFound', `File not found: ${id}.`);
  }
}

interface NewFile {
  readonly resource: Resource;
  readonly content?: Buffer;
  readonly query: URLSearchParams;
}

export function createFile(files: FakeFiles, asker: Asker, { resource, content, query }: NewFile): object {
  files.checkNew(asker, resource, content?.length ?? 0);
  const { name = 'Untitled', mimeType, ...rest } = resource;
  const stored = content === undefined ? null : Buffer.from(content);
  if (files.spoils && stored !== null && stored.length > 0) stored[stored.length >> 1]! ^= 1;
  const file = files.add({
    ...rest,
    ...{ name, content: stored, app: asker.app },
    ...(mimeType === undefined ? {} : { mimeType }),
  });
  return files.describe(file, query.get('fields') ?? 'id,name');
}
