import type { drive_v3 } from '@googleapis/drive';
import { StoreError } from '../store-error.ts';
import type { DriveConnection } from './connection.ts';

const pageSize = 1000;

export interface Listing {
  /** Completes "Cannot …". */
  readonly what: string;
  readonly query: string;
  /** Of each file. */
  readonly fields: string;
  readonly sharedDrive: string | null;
  readonly signal?: AbortSignal | undefined;
}

/** Every file that the query finds, over all pages, or a rejection. */
export async function listAll(
  connection: DriveConnection,
  { what, query, fields, sharedDrive, signal }: Listing,
): Promise<readonly drive_v3.Schema$File[]> {
  const drive =
    sharedDrive === null
      ? {}
      : { corpora: 'drive', driveId: sharedDrive, includeItemsFromAllDrives: true, supportsAllDrives: true };
  const found: drive_v3.Schema$File[] = [];
  let pageToken: string | undefined;
  do {
    const page: drive_v3.Schema$FileList = await connection.call(
      what,
      (api, options) =>
        api.files.list(
          {
            ...drive,
            q: query,
            pageSize,
            fields: `nextPageToken,incompleteSearch,files(${fields})`,
            ...(pageToken === undefined ? {} : { pageToken }),
          },
          options,
        ),
      signal,
    );
    // Without the list in it, the answer is none: an empty one would make every copy seem lost.
    if (page.incompleteSearch === true || !Array.isArray(page.files)) {
      throw new StoreError('STORE.BUSY', `Cannot ${what}: Google has searched only a part of the files`);
    }
    found.push(...page.files);
    pageToken = page.nextPageToken ?? undefined;
  } while (pageToken !== undefined);
  return found;
}
