import { StoreError } from '../store-error.ts';
import type { DriveConnection } from './connection.ts';
import { folderType, quoteQuery } from './drive-file.ts';
import { listAll } from './list-all.ts';

/** Where in Google Drive the folder is. */
export interface FolderPlace {
  readonly name: string;
  /** The shared drive that holds it; null for the person's own Drive. */
  readonly sharedDrive: string | null;
}

/**
 * The id of the folder; null when there is none yet. A person may move it anywhere, so only its name is looked for:
 * nobody else's folders are seen. Of several the oldest is taken.
 *
 * @throws StoreError STORE.SETTING when it is in the trash, or there is no such shared drive
 */
export async function findFolder(
  connection: DriveConnection,
  { name, sharedDrive }: FolderPlace,
  signal?: AbortSignal,
): Promise<string | null> {
  const inDrive = sharedDrive === null ? '' : ` and ${quoteQuery(sharedDrive)} in parents`;
  const query = `mimeType = ${quoteQuery(folderType)} and name = ${quoteQuery(name)}${inDrive}`;
  const files = await listFolders(connection, { query, sharedDrive, signal });
  // Google compares names without regard to case.
  const folders = files.filter((file) => file.name === name);
  const [oldest] = folders
    .filter(({ trashed }) => trashed !== true)
    .sort((a, b) => (a.createdTime ?? '').localeCompare(b.createdTime ?? ''));
  if (oldest?.id != null) return oldest.id;
  if (folders.length > 0) throw trashed(name);
  return null;
}

async function listFolders(
  connection: DriveConnection,
  { query, sharedDrive, signal }: Pick<Parameters<typeof listAll>[1], 'query' | 'sharedDrive' | 'signal'>,
) {
  try {
    return await listAll(connection, {
      what: 'find the folder in Google Drive',
      fields: 'id,name,trashed,createdTime',
      ...{ query, sharedDrive, signal },
    });
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE.NOT_FOUND' || sharedDrive === null)
      throw error;
    throw noSharedDrive(connection, sharedDrive);
  }
}

/** Makes the folder; with the id of an attempt that may have got through, so that there are never two. */
export async function makeFolder(
  connection: DriveConnection,
  { name, sharedDrive }: FolderPlace,
  { id, signal }: { readonly id: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const parents = sharedDrive === null ? {} : { parents: [sharedDrive] };
  try {
    await connection.call(
      `make the folder ${name} in Google Drive`,
      (api, options) =>
        api.files.create(
          {
            requestBody: { id, name, mimeType: folderType, ...parents },
            ...{ fields: 'id', supportsAllDrives: true },
          },
          options,
        ),
      signal,
    );
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE.EXISTS') throw error;
  }
}

export function trashed(name: string): StoreError {
  return new StoreError(
    'STORE.SETTING',
    `Cannot use the folder ${name} in Google Drive: it is in the trash`,
    {
      hint: 'Google deletes it for ever 30 days after that. Bring it back at https://drive.google.com/drive/trash, or name another "folder" in the settings of the target',
    },
  );
}

function noSharedDrive({ caller }: DriveConnection, id: string): StoreError {
  const why = `there is none with the id ${id} that ${caller.serviceAccount} is a member of`;
  return new StoreError('STORE.SETTING', `Cannot use the shared drive: ${why}`, {
    hint: 'Make the service account a member (Content manager). A folder that is shared with it is no shared drive: a service account has no storage of its own',
  });
}
