import type { drive_v3 } from '@googleapis/drive';
import type { StoredObject, UploadSource } from '../../ports/store.ts';

/** The fields of a file that are asked for, and no other. */
export const fileFields = 'id,name,size,md5Checksum,sha256Checksum,modifiedTime,createdTime,trashed';

/** Marks what Holdfast has stored, so that nothing else in the folder is listed or touched. */
export const copyMark = { holdfast: 'copy' } as const;

export const folderType = 'application/vnd.google-apps.folder';

/** One file in Google Drive, where several may have one name. */
export interface DriveFile {
  readonly id: string;
  readonly object: StoredObject;
  readonly created: string;
  readonly isTrashed: boolean;
}

/** Null for what has no content of its own, such as a folder or a document of Google's. */
export function readFile(file: drive_v3.Schema$File): DriveFile | null {
  const { id, name, size, md5Checksum, sha256Checksum, modifiedTime, createdTime, trashed } = file;
  if (typeof id !== 'string' || typeof name !== 'string' || size == null) return null;
  const digests = {
    ...(md5Checksum == null ? {} : { md5: md5Checksum.toLowerCase() }),
    ...(sha256Checksum == null ? {} : { sha256: sha256Checksum.toLowerCase() }),
  };
  const modified = new Date(modifiedTime ?? createdTime ?? 0).toISOString();
  return {
    id,
    object: { name, bytes: Number(size), modified, digests },
    created: createdTime ?? '',
    isTrashed: trashed === true,
  };
}

/** The one that was there first is the object of its name, whatever came later. */
export function oldestFirst(files: readonly DriveFile[]): readonly DriveFile[] {
  return files.toSorted((a, b) => a.created.localeCompare(b.created) || a.id.localeCompare(b.id));
}

/** Null when Google says nothing of the content. */
export function holds({ bytes, digests }: StoredObject, source: UploadSource): boolean | null {
  if (bytes !== source.bytes) return false;
  if (digests.md5 === undefined && digests.sha256 === undefined) return null;
  const { md5 = source.md5, sha256 = source.sha256 } = digests;
  return md5 === source.md5 && sha256 === source.sha256;
}

/** A text in a query (developers.google.com/workspace/drive/api/guides/search-files). */
export function quoteQuery(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
