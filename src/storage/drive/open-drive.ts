import type { DriveAccess, DriveEndpoints, DriveSettings } from '../../ports/drive.ts';
import { authorize, type DriveContext } from './authorize.ts';
import { DriveConnection } from './connection.ts';
import { DriveStore, type DriveStoreOptions } from './drive-store.ts';
import { startLogin } from './login.ts';
import { logOut } from './logout.ts';
import { placeOf } from './place.ts';
import { readLogin, readStatus } from './status.ts';

export interface OpenDriveOptions extends Pick<DriveStoreOptions, 'sizes' | 'pauseMs' | 'compares'> {
  readonly now: () => Date;
  readonly endpoints?: DriveEndpoints | undefined;
}

/** Nothing is read and nobody is asked before the first call. */
export function openDrive(settings: DriveSettings, options: OpenDriveOptions): DriveAccess {
  const { now, endpoints, ...storeOptions } = options;
  const context: DriveContext = { settings, endpoints, now };
  const connect = async () => new DriveConnection(await authorize(context), endpoints);
  const openStore = () =>
    new DriveStore({ ...storeOptions, connect, name: settings.name, place: placeOf(settings) });
  return {
    startLogin: (signal) => startLogin(context, signal),
    logout: () => logOut(context),
    status: () => readStatus(context),
    readLogin: () => readLogin(context),
    openStore,
  };
}
