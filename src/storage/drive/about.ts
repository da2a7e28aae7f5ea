import type { DriveConnection } from './connection.ts';

/** Whose storage it is, and how much of it there is. */
export interface About {
  /** The address of the account; null where it has none. */
  readonly account: string | null;
  /** Null without a limit. */
  readonly limitBytes: number | null;
  readonly usedBytes: number | null;
}

export async function readAbout(connection: DriveConnection, signal?: AbortSignal): Promise<About> {
  const { user, storageQuota } = await connection.call(
    'ask Google Drive for account and quota',
    (api, options) => api.about.get({ fields: 'user(emailAddress),storageQuota(limit,usage)' }, options),
    signal,
  );
  return {
    account: user?.emailAddress ?? null,
    limitBytes: storageQuota?.limit == null ? null : Number(storageQuota.limit),
    usedBytes: storageQuota?.usage == null ? null : Number(storageQuota.usage),
  };
}
