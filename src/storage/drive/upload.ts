import { Readable } from 'node:stream';
import type { drive_v3 } from '@googleapis/drive';
import type { CallOptions, UploadMemory } from '../../ports/store.ts';
import { readPart } from '../read-source.ts';
import { StoreError } from '../store-error.ts';
import type { DriveConnection } from './connection.ts';
import { driveError } from './drive-errors.ts';
import { copyMark, fileFields } from './drive-file.ts';
import { type DriveAnswer, failureOfAnswer } from './failure.ts';
import { type ResumableSteps, uploadResumably } from './resumable-upload.ts';
import { type UploadIdentity, type UploadState, writeUploadState } from './upload-state.ts';

const contentType = 'application/octet-stream';

export interface Upload extends CallOptions, UploadIdentity {
  readonly connection: DriveConnection;
  readonly state: UploadState;
  readonly memory: UploadMemory;
  /** Told how many bytes are through, each time that this grows. */
  readonly reached: (bytes: number) => void;
}

export interface UploadSizes {
  /** What is not larger goes in one request. */
  readonly smallBytes: number;
  /** Of a larger upload; a multiple of 256 KiB. Held in memory. */
  readonly chunkBytes: number;
  /** The slowest line that is put up with: a chunk has so long. */
  readonly chunkMs: number;
}

export async function uploadSmall(upload: Upload): Promise<drive_v3.Schema$File> {
  const { connection, source, signal } = upload;
  // Whole in memory: the client would hang for ever on a stream that fails.
  const body = await readPart(source, { start: 0, end: source.bytes });
  const file = await connection.call(
    describe(upload),
    (api, options) =>
      api.files.create(
        {
          requestBody: resourceOf(upload),
          media: { mimeType: contentType, body: Readable.from(body.length === 0 ? [] : [body]) },
          ...{ fields: fileFields, supportsAllDrives: true },
        },
        options,
      ),
    signal,
  );
  upload.reached(source.bytes);
  return file;
}

/** Null when the answer about the complete file did not get through whole. */
export async function uploadLarge(
  upload: Upload,
  { chunkBytes, chunkMs }: UploadSizes,
  pause: ResumableSteps['pause'],
): Promise<drive_v3.Schema$File | null> {
  const { connection, state, source, signal } = upload;
  const what = describe(upload);
  const refuse = (answer: DriveAnswer): StoreError =>
    driveError(what, failureOfAnswer(answer), connection.caller);
  const steps: ResumableSteps = {
    start: () => startSession(upload, refuse),
    put: (session, contentRange, body) =>
      connection.send(what, {
        ...{ method: 'PUT', url: new URL(session), body, signal, timeoutMs: chunkMs },
        headers: { 'content-range': contentRange, 'content-length': String(body.length) },
      }),
    pause,
    reached: upload.reached,
    refuse,
  };
  const session = isUsable(state.session, connection) ? state.session : null;
  return uploadResumably(steps, source, { chunkBytes, session });
}

async function startSession(upload: Upload, refuse: (answer: DriveAnswer) => StoreError): Promise<string> {
  const { connection, source, memory, state, signal } = upload;
  const answer = await connection.send(describe(upload), {
    method: 'POST',
    url: connection.url('/upload/drive/v3/files', {
      uploadType: 'resumable',
      supportsAllDrives: 'true',
      fields: fileFields,
    }),
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'x-upload-content-type': contentType,
      'x-upload-content-length': String(source.bytes),
    },
    body: JSON.stringify(resourceOf(upload)),
    signal,
    timeoutMs: 60_000,
  });
  const session = answer.headers.get('location');
  if (answer.status !== 200) throw refuse(answer);
  if (!isUsable(session, connection)) {
    throw new StoreError(
      'STORE.UNREACHABLE',
      `Cannot ${describe(upload)}: Google has given no address to send to`,
    );
  }
  await writeUploadState(memory, upload, { id: state.id, session });
  return session;
}

/** The token goes along with every chunk, so only to Google. */
function isUsable(session: string | null, connection: DriveConnection): session is string {
  return session !== null && URL.canParse(session) && connection.isOwn(new URL(session));
}

function resourceOf({ state, name, folder }: Upload) {
  return { id: state.id, name, parents: [folder], appProperties: copyMark };
}

function describe({ name }: Upload): string {
  return `store ${name} in Google Drive`;
}
