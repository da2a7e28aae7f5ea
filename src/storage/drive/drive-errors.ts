import { AppError, type ErrorCode } from '../../errors.ts';
import { StoreError } from '../store-error.ts';
import { type DriveFailure, failureOfError } from './failure.ts';

/** What the messages name: who asked Google. */
export interface DriveCaller {
  /** The target's name in the settings. */
  readonly target: string;
  /** The address of the service account; null for a person. */
  readonly serviceAccount: string | null;
  /** When a person has logged in, and when that ends as far as Google has said it. */
  readonly token: { readonly obtained: Date; readonly expires: Date | null } | null;
  readonly now: () => Date;
}

/** A failure that Google has given its own words for. */
export class DriveError extends StoreError {
  readonly reasons: readonly string[];

  constructor(explanation: Explanation, what: string, { reasons, retryAfterMs }: DriveFailure) {
    const [code, why, hint] = explanation;
    const details = hint === undefined ? { retryAfterMs } : { retryAfterMs, hint };
    super(code, `Cannot ${what}: ${why}`, details);
    this.reasons = reasons;
  }
}

type Explanation = readonly [code: ErrorCode & `STORE.${string}`, why: string, hint?: string];

/**
 * The AppError for a failed request. `what` completes "Cannot …". The error of the Google client is not kept as the
 * cause: it holds the request, with its tokens.
 */
export function driveError(what: string, failure: DriveFailure, caller: DriveCaller): DriveError {
  return new DriveError(explain(failure, caller), what, failure);
}

/** As `driveError`, of whatever was thrown; an AppError, and the reason of an abort, stay what they are. */
export function asDriveError(
  what: string,
  error: unknown,
  { caller, signal }: { caller: DriveCaller; signal?: AbortSignal | undefined },
): unknown {
  if (error instanceof AppError) return error;
  if (signal?.aborted === true) return signal.reason;
  return driveError(what, failureOfError(error), caller);
}

function explain(failure: DriveFailure, caller: DriveCaller): Explanation {
  for (const reason of failure.reasons) {
    const explanation = explainReason(reason, failure, caller);
    if (explanation !== null) return explanation;
  }
  return explainStatus(failure, caller);
}

const scopeHint = (caller: DriveCaller): string =>
  caller.serviceAccount === null
    ? `Run \`holdfast drive login\` again, and leave the box beside Google Drive ticked`
    : 'Make a new key for the service account';

/** Reasons of Drive (developers.google.com/workspace/drive/api/guides/handle-errors) and of OAuth (RFC 6749, 5.2). */
function explainReason(reason: string, failure: DriveFailure, caller: DriveCaller): Explanation | null {
  switch (reason) {
    case 'storageQuotaExceeded':
    case 'quotaExceeded':
      return explainQuota(caller);
    case 'teamDriveFileLimitExceeded':
    case 'sharedDriveFileLimitExceeded':
    case 'numChildrenInNonRootLimitExceeded':
    case 'activeItemCreationLimitExceeded':
      return [
        'STORE.FULL',
        `Google Drive takes no more files there (${reason})`,
        'Delete what is not needed, or name another folder',
      ];
    case 'rateLimitExceeded':
    case 'userRateLimitExceeded':
    case 'sharingRateLimitExceeded':
    case 'dailyLimitExceeded':
      return ['STORE.BUSY', `Google Drive asks to wait (${reason})`, 'Run the command again later'];
    case 'accessNotConfigured':
    case 'SERVICE_DISABLED':
      return [
        'STORE.SETTING',
        'the Google Drive API is not switched on in the Google Cloud project of the credentials',
        'Switch it on at https://console.cloud.google.com/apis/library/drive.googleapis.com, wait a few minutes, and run the command again',
      ];
    case 'insufficientPermissions':
    case 'insufficientScopes':
    case 'ACCESS_TOKEN_SCOPE_INSUFFICIENT':
      return ['STORE.PERMISSION', 'the token does not include access to Google Drive', scopeHint(caller)];
    case 'appNotAuthorizedToFile':
    case 'insufficientFilePermissions':
      return [
        'STORE.PERMISSION',
        `Google does not allow it for this file (${reason})`,
        caller.serviceAccount === null
          ? 'Holdfast reaches only what it has stored itself; log in with the account and the OAuth client that stored it'
          : `Give ${caller.serviceAccount} the role Content manager, or Manager, in the shared drive`,
      ];
    case 'cannotDownloadAbusiveFile':
      return [
        'STORE.PERMISSION',
        'Google has marked the file as harmful, and gives it only to its owner',
        'Log in as the owner of the file, or as a manager of the shared drive',
      ];
    case 'domainPolicy':
    case 'admin_policy_enforced':
    case 'org_internal':
      return [
        'STORE.PERMISSION',
        `the administrator of the Google Workspace does not allow it (${reason})`,
        'Ask the administrator to allow this application',
      ];
    case 'invalid_grant':
      return explainGrant(failure, caller);
    case 'invalid_client':
    case 'unauthorized_client':
    case 'deleted_client':
    case 'disabled_client':
      return [
        'STORE.AUTHENTICATION',
        `Google does not accept the OAuth client (${reason})`,
        'Check its id and secret, or download its JSON file again at https://console.cloud.google.com/auth/clients',
      ];
    case 'access_denied':
      return [
        'STORE.AUTHENTICATION',
        'access was refused in the browser',
        'While the application is in testing, only its listed test users can agree: https://console.cloud.google.com/auth/audience',
      ];
    default:
      return null;
  }
}

function explainQuota({ serviceAccount, target }: DriveCaller): Explanation {
  if (serviceAccount !== null) {
    return [
      'STORE.FULL',
      `the service account ${serviceAccount} has no storage of its own`,
      `Name the id of a shared drive as "sharedDrive" of the target ${target} and make the service account a member of it; without Google Workspace use \`holdfast drive login\` instead`,
    ];
  }
  return [
    'STORE.FULL',
    'the storage of the Google account is full',
    'Make room (Gmail and Photos count, too, and so does the trash), or take another account; `holdfast drive status` shows the quota',
  ];
}

export const testingDays = 7;

/** One answer for several causes: Google says "Token has been expired or revoked" to all of them. */
function explainGrant(
  { message }: DriveFailure,
  { serviceAccount, token: login, now }: DriveCaller,
): Explanation {
  if (serviceAccount !== null) {
    return [
      'STORE.AUTHENTICATION',
      `Google does not accept the key of the service account ${serviceAccount} (${message})`,
      'The key may be deleted, or the clock of this machine wrong by more than a few minutes',
    ];
  }
  const isEnded = login?.expires != null && login.expires <= now();
  const ageDays = login === null ? 0 : (now().getTime() - login.obtained.getTime()) / 86_400_000;
  if (!isEnded && ageDays < testingDays) {
    return [
      'STORE.AUTHENTICATION',
      'the access was withdrawn, or its token is not valid',
      'Run `holdfast drive login` again',
    ];
  }
  const age = `the login is ${Math.floor(ageDays)} days old`;
  return [
    'STORE.AUTHENTICATION',
    isEnded
      ? `the login has ended: Google ends logins of an application in testing after ${testingDays} days (${age})`
      : `the login has ended (${age}): either it was withdrawn, or the application is in testing, where Google ends logins after ${testingDays} days`,
    'Publish the application ("In production") at https://console.cloud.google.com/auth/audience, then run `holdfast drive login` again',
  ];
}

function explainStatus({ status, message, networkCode }: DriveFailure, caller: DriveCaller): Explanation {
  if (status === null) {
    const isLost = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'TimeoutError', 'AbortError'];
    return isLost.includes(networkCode ?? '')
      ? ['STORE.LOST', message]
      : ['STORE.UNREACHABLE', message, 'Check the network, then run the command again'];
  }
  if (status === 429) return ['STORE.BUSY', 'Google Drive asks to wait', 'Run the command again later'];
  if (status >= 500 || status === 408)
    return ['STORE.UNREACHABLE', `Google Drive has trouble of its own (${message})`];
  if (status === 401) {
    const login = caller.serviceAccount === null ? 'Run `holdfast drive login` again' : 'Check the key file';
    return ['STORE.AUTHENTICATION', `Google does not accept the token (${message})`, login];
  }
  if (status === 404) return ['STORE.NOT_FOUND', 'Google Drive does not hold it'];
  if (status === 403) return ['STORE.PERMISSION', message];
  if (status === 409) return ['STORE.EXISTS', 'the id is taken'];
  return ['STORE.SETTING', message];
}
