import type { StoreTestResult } from '../operations/test-store.ts';
import type { DriveLogin, DriveLogout, DriveStatus } from '../ports/drive.ts';
import { countOf, formatBytes } from '../util/bytes.ts';
import { formatDuration } from '../util/duration.ts';
import { formatTable, printable } from './text-table.ts';

export function describeLogin({ account, tokenPath, expires }: DriveLogin): string {
  return [
    `Logged in as ${printable(account)}; the token is in ${printable(tokenPath)}`,
    ...(expires === null
      ? []
      : [
          `Warning: the login ends on ${expires}, as it does while the application is in testing. Publish it ("In production") at https://console.cloud.google.com/auth/audience and log in again`,
        ]),
    'Next: holdfast drive test',
  ].join('\n');
}

export function describeLogout({ wasLoggedIn, isRevoked, tokenPath }: DriveLogout): string {
  if (!wasLoggedIn) return 'Nobody was logged in';
  const deleted = `The token in ${printable(tokenPath)} was deleted`;
  return isRevoked
    ? `${deleted}, and withdrawn at Google`
    : `${deleted}. Google did not confirm that it is withdrawn: look at https://myaccount.google.com/connections`;
}

export function describeStatus(status: DriveStatus): string {
  const { account, credentials, quota, folder, token, warnings } = status;
  const rows = [
    ['Account', `${printable(account)}${credentials === 'person' ? '' : ' (service account)'}`],
    ['Storage', quota === null ? 'a shared drive, without a quota of its own' : describeQuota(quota)],
    [
      'Folder',
      folder === null
        ? 'not made yet; the first upload makes it'
        : `${printable(folder.name)}, ${countOf(folder.objects, 'file')}: https://drive.google.com/drive/folders/${printable(folder.id)}`,
    ],
    ...(token === null ? [] : [['Login', describeToken(token)]]),
  ];
  return [formatTable(['', ''], rows), ...warnings.map((one) => `Warning: ${printable(one)}`)].join('\n');
}

function describeQuota({ limitBytes, usedBytes }: NonNullable<DriveStatus['quota']>): string {
  const used = usedBytes === null ? 'an unknown amount' : formatBytes(usedBytes);
  if (limitBytes === null) return `${used} used, no limit`;
  const free = usedBytes === null ? '' : `, ${formatBytes(Math.max(0, limitBytes - usedBytes))} free`;
  return `${used} of ${formatBytes(limitBytes)} used${free}`;
}

function describeToken({ obtained, expires }: NonNullable<DriveStatus['token']>): string {
  return `since ${obtained}${expires === null ? '' : `, ends on ${expires}`}`;
}

export function describeTest({ target, bytes, quota, durationMs }: StoreTestResult): string {
  const free = quota?.freeBytes == null ? '' : `; ${formatBytes(quota.freeBytes)} are free`;
  return `${printable(target)}: ${countOf(bytes, 'byte')} stored, read back, compared and deleted in ${formatDuration(durationMs)}${free}`;
}
