import { setTimeout as sleep } from 'node:timers/promises';
import type { DriveEndpoints } from '../ports/drive.ts';
import type { StoreSettings, TransferLimits } from '../ports/offsite.ts';
import type { Store } from '../ports/store.ts';
import { limitIdle } from './idle-limit.ts';
import { limitRate } from './limit-rate.ts';
import { retrying, usualRetries } from './retrying.ts';
import { StoreError } from './store-error.ts';

export interface OpenStoreOptions {
  readonly name: string;
  readonly store: StoreSettings;
  readonly limits: TransferLimits;
  readonly now: () => Date;
  /** For tests; Google's otherwise. */
  readonly driveEndpoints?: DriveEndpoints | undefined;
}

const nowMs = (): number => performance.now();

async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch {
    // Node has an error of its own for it.
    signal?.throwIfAborted();
  }
}

/** How long a connection may stand still; folders and rclone have limits of their own. */
const idleMs = 120_000;

/**
 * The store behind a target, with the limits and repetitions that every target has.
 *
 * @throws AppError STORE.SETTING
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { maxBytesPerSecond } = options.limits;
  const plain = await openPlain(options);
  const store =
    maxBytesPerSecond === null
      ? plain
      : limitRate(plain, { bytesPerSecond: maxBytesPerSecond, nowMs, sleep: wait });
  // A disk that is not there now is not there in a minute either.
  if (options.store.kind === 'folder') return store;
  return retrying(store, { ...usualRetries, nowMs, sleep: wait, random: Math.random });
}

async function openPlain({ name, store, now, driveEndpoints }: OpenStoreOptions): Promise<Store> {
  switch (store.kind) {
    case 'folder':
      return (await import('./folder/store.ts')).openFolderStore({ name, path: store.path });
    case 's3':
      return limitIdle((await import('./s3/store.ts')).openS3Store({ name, settings: store, now }), {
        idleMs,
      });
    case 'drive': {
      const { openDrive } = await import('./drive/open-drive.ts');
      return limitIdle(openDrive(store, { now, endpoints: driveEndpoints }).openStore(), { idleMs });
    }
    case 'rclone':
      return (await import('./rclone/store.ts')).openRcloneStore({ name, settings: store });
    case 'unusable':
      throw new StoreError('STORE.SETTING', `Cannot use the target ${name}: ${store.reason}`, {
        hint: 'Correct holdfast.config.json; docs/CLI-offsite.md shows each kind of target',
      });
  }
}
