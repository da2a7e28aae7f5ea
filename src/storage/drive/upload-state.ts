import type { UploadMemory, UploadSource } from '../../ports/store.ts';

/** What an upload has to remember. The id is chosen before anything is sent, so that no retry makes a second file. */
export interface UploadState {
  readonly id: string;
  /** The address of the upload session, whoever has it can write to the file; null before there is one. */
  readonly session: string | null;
}

/** What is uploaded where; a state of anything else is of no use. */
export interface UploadIdentity {
  readonly folder: string;
  readonly name: string;
  readonly source: UploadSource;
}

/** Null when nothing, or another upload, is remembered. */
export async function readUploadState(
  memory: UploadMemory,
  identity: UploadIdentity,
): Promise<UploadState | null> {
  const text = await memory.read();
  const state = text === null ? null : parse(text);
  if (state === null || state.upload !== describe(identity) || typeof state.id !== 'string') return null;
  return { id: state.id, session: typeof state.session === 'string' ? state.session : null };
}

export async function writeUploadState(
  memory: UploadMemory,
  identity: UploadIdentity,
  { id, session }: UploadState,
): Promise<void> {
  await memory.write(JSON.stringify({ upload: describe(identity), id, session }));
}

/** A memory for callers that bring none: it lasts as long as the store. */
export function memoryOfProcess(states: Map<string, string>, name: string): UploadMemory {
  return {
    read: async () => states.get(name) ?? null,
    write: async (text) => {
      states.set(name, text);
    },
    forget: async () => {
      states.delete(name);
    },
  };
}

function describe({ folder, name, source }: UploadIdentity): string {
  return `${folder}/${name} ${source.bytes} ${source.sha256}`;
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    // Not a state of ours: the upload begins anew, which is always right.
    return null;
  }
}
