import type { IncomingHttpHeaders } from 'node:http';
import type { ErrorCode } from '../../errors.ts';
import { StoreError } from '../store-error.ts';
import { childText, parseXml } from './xml.ts';

/** An answer that is no success, in the server's own words. */
export class S3Failure extends Error {
  readonly status: number;
  /** Such as `NoSuchKey`; empty when the server gave none. */
  readonly code: string;
  readonly headers: IncomingHttpHeaders;

  constructor(status: number, body: string, headers: IncomingHttpHeaders = {}) {
    const { code, message } = readError(body);
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

function readError(body: string): { code: string; message: string } {
  try {
    const element = parseXml(body);
    if (element.name === 'Error') {
      return { code: childText(element, 'Code') ?? '', message: childText(element, 'Message') ?? '' };
    }
  } catch {
    // Proxies answer in HTML, and HEAD without a body: then the status has to do.
  }
  return { code: '', message: '' };
}

type StoreCode = ErrorCode & `STORE.${string}`;

interface Meaning {
  readonly code: StoreCode;
  readonly reason?: string;
  readonly hint?: string;
}

const wrongKeys =
  'Check the access key and the secret key of the target; they come from the variables or files that holdfast.config.json names';

const meanings: Readonly<Record<string, Meaning>> = {
  SignatureDoesNotMatch: { code: 'STORE.AUTHENTICATION', reason: 'the secret key is wrong', hint: wrongKeys },
  InvalidAccessKeyId: {
    code: 'STORE.AUTHENTICATION',
    reason: 'the access key is not known',
    hint: wrongKeys,
  },
  ExpiredToken: {
    code: 'STORE.AUTHENTICATION',
    reason: 'the session token has expired',
    hint: 'Get new credentials',
  },
  InvalidToken: {
    code: 'STORE.AUTHENTICATION',
    reason: 'the session token is not valid',
    hint: 'Get new credentials',
  },
  RequestTimeTooSkewed: {
    code: 'STORE.AUTHENTICATION',
    reason: 'the clock of this machine differs too much from the clock of the store',
    hint: 'Set the clock of this machine (timedatectl set-ntp true)',
  },
  AccessDenied: {
    code: 'STORE.PERMISSION',
    reason: 'the key may not do this',
    hint: 'It needs s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload, s3:ListBucketMultipartUploads and s3:ListMultipartUploadParts on the bucket',
  },
  AuthorizationHeaderMalformed: { code: 'STORE.SETTING', hint: 'Check the region of the target' },
  NoSuchBucket: {
    code: 'STORE.SETTING',
    reason: 'there is no such bucket',
    hint: 'Make the bucket, or correct its name',
  },
  InvalidBucketName: { code: 'STORE.SETTING', reason: "the bucket's name is not allowed" },
  InvalidStorageClass: { code: 'STORE.SETTING', reason: 'the store does not have this storage class' },
  InvalidObjectState: {
    code: 'STORE.PERMISSION',
    reason: 'it lies in an archive',
    hint: 'Have the store bring it back first (aws s3api restore-object), then try again',
  },
  NoSuchKey: { code: 'STORE.NOT_FOUND', reason: 'there is no such object' },
  QuotaExceeded: { code: 'STORE.FULL', reason: 'the quota is used up' },
  EntityTooLarge: { code: 'STORE.FULL', reason: 'it is larger than the store allows' },
  BadDigest: { code: 'STORE.LOST', reason: 'the bytes were changed on the way' },
  XAmzContentSHA256Mismatch: { code: 'STORE.LOST', reason: 'the bytes were changed on the way' },
  IncompleteBody: { code: 'STORE.LOST', reason: 'the bytes did not all arrive' },
  RequestTimeout: { code: 'STORE.LOST', reason: 'the bytes did not arrive in time' },
  ConditionalRequestConflict: { code: 'STORE.BUSY', reason: 'another upload of the same name is under way' },
  OperationAborted: { code: 'STORE.BUSY', reason: 'the bucket is being changed' },
};

const byStatus: Readonly<Record<number, Meaning>> = {
  401: { code: 'STORE.AUTHENTICATION', hint: wrongKeys },
  403: { code: 'STORE.PERMISSION', hint: wrongKeys },
  404: { code: 'STORE.NOT_FOUND', reason: 'there is no such object' },
  408: { code: 'STORE.LOST' },
  425: { code: 'STORE.BUSY' },
  429: { code: 'STORE.BUSY', reason: 'it asks for fewer requests' },
  501: { code: 'STORE.SETTING' },
  507: { code: 'STORE.FULL', reason: 'it has no more room' },
};

/** The failure as the port names it; `what` is what failed. */
export function explainFailure(failure: S3Failure, what: string): StoreError {
  const { status, code, headers } = failure;
  if (status >= 300 && status < 400) return redirected(failure, what);
  const meaning = meanings[code] ??
    byStatus[status] ?? { code: status >= 500 ? 'STORE.BUSY' : 'STORE.SETTING' };
  const said = [`HTTP ${status}`, code].filter((part) => part !== '').join(' ');
  const reason = meaning.reason ?? (shorten(failure.message) || 'the store refused it');
  return new StoreError(meaning.code, `${what}: ${reason} (${said})`, {
    retryAfterMs: readRetryAfter(headers),
    cause: failure,
    ...(meaning.hint === undefined ? {} : { hint: meaning.hint }),
  });
}

/** A request that is signed for one host is of no use to another, and its address is not trusted. */
function redirected({ headers, status }: S3Failure, what: string): StoreError {
  const region = headers['x-amz-bucket-region'];
  const place =
    typeof region === 'string' && /^[\w-]{1,40}$/.test(region)
      ? `: the bucket is in the region ${region}`
      : '';
  return new StoreError(
    'STORE.SETTING',
    `${what}: the store redirects to another address (HTTP ${status})${place}`,
    {
      hint: 'Redirects are not followed. Set region and endpoint of the target to those of the bucket',
    },
  );
}

/** What a server says becomes part of a message: one line, not too long. */
function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** In seconds, or as a date, which counts from the server's own clock. */
function readRetryAfter(headers: IncomingHttpHeaders): number | null {
  const text = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const [untilMs, nowMs] = [Date.parse(text), Date.parse(headers.date ?? '')];
  return Number.isNaN(untilMs) || Number.isNaN(nowMs) ? null : Math.max(0, untilMs - nowMs);
}
