import type { AppError } from '../../errors.ts';
import type { UploadSource } from '../../ports/store.ts';
import { readPart } from '../read-source.ts';
import { isPassing } from '../store-error.ts';
import type { DriveAnswer } from './failure.ts';

/** Every chunk but the last has to be a multiple of it. */
export const chunkUnit = 256 * 1024;

/** What an upload in parts needs; the rules of the protocol are here, the requests are the caller's. */
export interface ResumableSteps {
  /** Begins a session and keeps its address. */
  start(): Promise<string>;
  /** One PUT to the session. Rejects with AppError when no answer came. */
  put(session: string, contentRange: string, body: Buffer): Promise<DriveAnswer>;
  /** Waits before the next attempt, the `count`th without progress. */
  pause(count: number): Promise<void>;
  /** Told how many bytes Google holds, whenever that grows. */
  reached(bytes: number): void;
  refuse(answer: DriveAnswer): AppError;
}

export interface ResumableOptions {
  readonly chunkBytes: number;
  /** The address of a session that was begun before; null begins one. */
  readonly session: string | null;
}

/** So many attempts one after the other may fail without a byte of progress. */
const mostFailures = 5;
const mostSessions = 3;

/**
 * Uploads in chunks, and goes on behind the last byte that Google holds after every cut and every failure of Google's
 * (developers.google.com/workspace/drive/api/guides/manage-uploads, "Perform a resumable upload").
 *
 * @returns what Google says of the complete file; null when that did not get through whole
 */
export async function uploadResumably(
  steps: ResumableSteps,
  source: UploadSource,
  { chunkBytes, session: known }: ResumableOptions,
): Promise<object | null> {
  let session = known ?? (await steps.start());
  /** Null: not known, so ask. */
  let offset = known === null ? 0 : null;
  let reached = 0;
  let failures = 0;
  let sessions = 1;
  for (;;) {
    const answer = await attempt(steps, source, { session, offset, chunkBytes });
    const { status } = answer;
    if (status === 200 || status === 201) {
      steps.reached(source.bytes);
      return parse(answer);
    }
    // The session has ended, after a week or by a fault of Google's: its bytes are gone.
    if ((status === 404 || status === 410) && sessions < mostSessions) {
      session = await steps.start();
      offset = 0;
      sessions++;
      continue;
    }
    const held = status === 308 ? heldBytes(answer, source) : null;
    if (held === null && status !== 308 && !isTemporary(status)) throw steps.refuse(answer);
    if (held !== null && held > reached) {
      reached = held;
      failures = 0;
      steps.reached(held);
    } else if (offset !== null || held === null) {
      failures++;
      if (failures > mostFailures) throw status === cutStatus ? answer.data : steps.refuse(answer);
      await steps.pause(failures);
    }
    // With every byte there and no file yet, only a question brings the end.
    offset = held === source.bytes ? null : held;
  }
}

/** A chunk, or, when it is not known how far Google has come, the question. A cut is an answer of its own: status 0. */
async function attempt(
  steps: ResumableSteps,
  source: UploadSource,
  { session, offset, chunkBytes }: { session: string; offset: number | null; chunkBytes: number },
): Promise<DriveAnswer> {
  try {
    if (offset === null) return await steps.put(session, `bytes */${source.bytes}`, Buffer.alloc(0));
    const end = Math.min(offset + chunkBytes, source.bytes);
    const body = await readPart(source, { start: offset, end });
    return await steps.put(session, `bytes ${offset}-${end - 1}/${source.bytes}`, body);
  } catch (error) {
    if (!isPassing(error) || error.code === 'STORE.BUSY') throw error;
    return { status: cutStatus, headers: new Headers(), data: error };
  }
}

const cutStatus = 0;

function isTemporary(status: number): boolean {
  return status === cutStatus || status === 408 || status >= 500;
}

/** `Range: bytes=0-42` means 43; without it Google holds nothing. Null when it says what cannot be. */
function heldBytes({ headers }: DriveAnswer, { bytes }: UploadSource): number | null {
  const range = headers.get('range');
  if (range === null) return 0;
  const held = Number(/^bytes=0-(\d+)$/.exec(range.trim())?.[1] ?? Number.NaN) + 1;
  return held <= bytes ? held : null;
}

function parse({ data }: DriveAnswer): object | null {
  try {
    const value: unknown = JSON.parse(String(data));
    return typeof value === 'object' ? value : null;
  } catch {
    // The upload is complete whatever the answer looks like: the caller asks for the file itself.
    return null;
  }
}
