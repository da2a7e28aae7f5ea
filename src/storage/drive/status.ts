import type { DriveStatus } from '../../ports/drive.ts';
import { formatBytes } from '../../util/bytes.ts';
import { readAbout } from './about.ts';
import { authorize, type DriveContext } from './authorize.ts';
import { DriveConnection } from './connection.ts';
import { testingDays } from './drive-errors.ts';
import { DriveStore } from './drive-store.ts';
import { findFolder } from './folder.ts';
import { placeOf } from './place.ts';
import type { StoredToken } from './token-file.ts';

/** What there is to know of the access. Asks Google, so a token that does not work any more rejects. */
export async function readStatus(context: DriveContext): Promise<DriveStatus> {
  const { settings, endpoints, now } = context;
  const authorization = await authorize(context);
  const connection = new DriveConnection(authorization, endpoints);
  const place = placeOf(settings);
  const { account, ...quota } = await readAbout(connection);
  const id = await findFolder(connection, place);
  const store = new DriveStore({ connect: async () => connection, name: settings.name, place });
  const folder = id === null ? null : { name: place.name, id, objects: (await store.list()).length };
  const { token } = authorization;
  return {
    account: account ?? authorization.caller.serviceAccount ?? 'an account without an address',
    credentials: settings.credentials.kind,
    quota: place.sharedDrive === null ? quota : null,
    folder,
    token:
      token === null
        ? null
        : { obtained: token.obtained.toISOString(), expires: token.expires?.toISOString() ?? null },
    warnings: [
      ...(token === null ? [] : warnAboutToken(token, now())),
      ...(place.sharedDrive === null ? warnAboutRoom(quota) : []),
    ],
  };
}

/** Warns when Google has said that the login ends. Reads the credentials that are kept here; asks nobody. */
export async function readLogin(context: DriveContext): Promise<readonly string[]> {
  const { token } = await authorize(context);
  return token?.expires == null ? [] : [describeEnd(token.expires, context.now())];
}

const publish =
  'Publish the application ("In production") at https://console.cloud.google.com/auth/audience, then run `holdfast drive login` again';

function warnAboutToken({ expires, obtained }: StoredToken, now: Date): readonly string[] {
  if (expires !== null) return [describeEnd(expires, now)];
  const ageDays = (now.getTime() - obtained.getTime()) / 86_400_000;
  if (ageDays >= testingDays) return [];
  return [
    `The login is younger than ${testingDays} days: should the application still be in testing, Google ends it after ${testingDays} days. ${publish}`,
  ];
}

function describeEnd(expires: Date, now: Date): string {
  const days = Math.max(0, Math.floor((expires.getTime() - now.getTime()) / 86_400_000));
  return `The login ends on ${expires.toISOString()} (in ${days} days), as it does while the application is in testing. ${publish}`;
}

function warnAboutRoom({ limitBytes, usedBytes }: NonNullable<DriveStatus['quota']>): readonly string[] {
  if (limitBytes === null || usedBytes === null || limitBytes === 0) return [];
  const free = Math.max(0, limitBytes - usedBytes);
  return free / limitBytes >= 0.1
    ? []
    : [`Only ${formatBytes(free)} of ${formatBytes(limitBytes)} are free in the Google account`];
}
