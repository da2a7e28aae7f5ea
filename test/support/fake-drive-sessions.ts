import { randomBytes } from 'node:crypto';
import type { Asker } from './fake-drive-accounts.ts';
import { createFile, type FakeFiles, FakeRefusal, type Resource } from './fake-drive-files.ts';

const unit = 256 * 1024;

interface Session {
  readonly asker: Asker;
  readonly resource: Resource;
  readonly total: number;
  readonly query: URLSearchParams;
  content: Buffer;
  /** The answer about the complete file, which is given again to whoever asks. */
  file: object | null;
}

interface SessionPut {
  readonly uploadId: string;
  readonly contentRange: string;
  readonly body: Buffer;
  /** The connection broke after the body that came. */
  readonly isCut: boolean;
}

export interface SessionAnswer {
  readonly status: number;
  /** Of a 308: what has come. Null when nothing has. */
  readonly range: string | null;
  readonly file: object | null;
}

/** Sessions of resumable uploads (developers.google.com/workspace/drive/api/guides/manage-uploads). */
export class FakeSessions {
  readonly #sessions = new Map<string, Session>();

  /** A session ends after a week. */
  expireAll(): void {
    this.#sessions.clear();
  }

  get addresses(): readonly string[] {
    return [...this.#sessions.keys()];
  }

  start(
    files: FakeFiles,
    asker: Asker,
    { resource, total, query }: Pick<Session, 'resource' | 'total' | 'query'>,
  ): string {
    files.checkNew(asker, resource, total);
    const uploadId = `canary-session-${randomBytes(12).toString('hex')}`;
    this.#sessions.set(uploadId, { asker, resource, total, query, content: Buffer.alloc(0), file: null });
    return uploadId;
  }

  put(files: FakeFiles, { uploadId, contentRange, body, isCut }: SessionPut): SessionAnswer {
    const session = this.#sessions.get(uploadId);
    if (session === undefined) throw new FakeRefusal(404, 'notFound', 'Upload session not found.');
    if (session.file !== null) return { status: 200, range: null, file: session.file };
    const { total } = session;
    const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange);
    if (match !== null) this.#append(session, match.slice(1).map(Number), { body, isCut });
    else if (contentRange !== `bytes */${total}`)
      throw new FakeRefusal(400, 'badRequest', 'Failed to parse Content-Range header.');
    if (session.content.length === total && !isCut) {
      const { asker, resource, query, content } = session;
      session.file = createFile(files, asker, { resource, content, query });
      return { status: 200, range: null, file: session.file };
    }
    const held = session.content.length;
    return { status: 308, range: held === 0 ? null : `bytes=0-${held - 1}`, file: null };
  }

  #append(
    session: Session,
    [start = 0, end = 0, total = 0]: readonly number[],
    { body, isCut }: Pick<SessionPut, 'body' | 'isCut'>,
  ): void {
    const length = end - start + 1;
    const isLast = end + 1 === session.total;
    const isWrong =
      start !== session.content.length ||
      total !== session.total ||
      (!isCut && body.length !== length) ||
      (!isLast && length % unit !== 0);
    if (isWrong) throw new FakeRefusal(400, 'badRequest', 'Invalid request. The Content-Range does not fit.');
    // Of a chunk that is cut Google keeps whole units.
    const kept = isCut ? Math.floor(body.length / unit) * unit : body.length;
    session.content = Buffer.concat([session.content, body.subarray(0, kept)]);
  }
}
