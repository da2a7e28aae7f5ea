import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { StoreSettings, TargetSettings } from '../ports/offsite.ts';
import { findPolicyFaults, type RetentionPolicy } from '../retention/policy.ts';
import { driveFields, readDriveSettings } from './drive-settings.ts';
import { readSecret, type SecretContext, SecretProblem, secretShape } from './secret-value.ts';
import { parseBytes } from './setting-values.ts';

export interface TargetContext extends SecretContext {
  /** The target's name. */
  readonly name: string;
  /** The settings file, for messages. */
  readonly file: string;
}

/** A target that was asked for and cannot work. */
class TargetProblem extends Error {}

const amount = z.number().int().min(1);
const retention = z.strictObject({
  days: amount.optional(),
  weekly: amount.optional(),
  monthly: amount.optional(),
  manualDays: amount.optional(),
  maxCount: amount.optional(),
});

const common = {
  required: z.boolean().optional(),
  retention: retention.optional(),
  /** A second, as a number of bytes or a size such as `2MB`. */
  maxBytesPerSecond: z.union([z.number().positive(), z.string()]).optional(),
  allowUnencrypted: z.boolean().optional(),
};

const shapes = {
  folder: z.strictObject({ kind: z.literal('folder'), ...common, path: z.string().min(1) }),
  s3: z.strictObject({
    kind: z.literal('s3'),
    ...common,
    bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/),
    endpoint: z.string().optional(),
    region: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/)
      .optional(),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9._/-]*$/)
      .optional(),
    pathStyle: z.boolean().optional(),
    storageClass: z
      .string()
      .regex(/^[A-Z_]+$/)
      .optional(),
    partSize: z.union([z.number().positive(), z.string()]).optional(),
    checksumHeaders: z.boolean().optional(),
    allowHttp: z.boolean().optional(),
    accessKey: secretShape.optional(),
    secretKey: secretShape.optional(),
    sessionToken: secretShape.optional(),
  }),
  rclone: z.strictObject({
    kind: z.literal('rclone'),
    ...common,
    // Not a flag: rclone would take it for one of its own.
    remote: z.string().regex(/^[^-]/),
    program: z.string().min(1).optional(),
    configFile: z.string().min(1).optional(),
  }),
  drive: z.strictObject({ ...common, ...driveFields }),
} as const;

type Shapes = { readonly [Kind in keyof typeof shapes]: z.infer<(typeof shapes)[Kind]> };

const readers: {
  readonly [Kind in keyof Shapes]: (given: Shapes[Kind], context: TargetContext) => StoreSettings;
} = {
  folder: (given, { folder }) => ({ kind: 'folder', path: path.resolve(folder, given.path) }),
  s3: readS3,
  rclone: readRclone,
  drive: readDrive,
};

/** One target of the settings file, or why it cannot be used. */
export function readTarget(
  value: unknown,
  policy: RetentionPolicy,
  context: TargetContext,
): Omit<TargetSettings, 'name'> | { readonly reason: string } {
  try {
    const kind = (value as { kind?: unknown } | null)?.kind;
    if (!isKind(kind)) throw new TargetProblem(`kind is one of ${Object.keys(shapes).join(', ')}`);
    return describe(kind, value, { policy, context });
  } catch (error) {
    if (error instanceof TargetProblem || error instanceof SecretProblem) return { reason: error.message };
    throw error;
  }
}

function isKind(kind: unknown): kind is keyof Shapes {
  return typeof kind === 'string' && Object.hasOwn(shapes, kind);
}

function describe<Kind extends keyof Shapes>(
  kind: Kind,
  value: unknown,
  { policy, context }: { readonly policy: RetentionPolicy; readonly context: TargetContext },
): Omit<TargetSettings, 'name'> {
  const given = check(shapes[kind] as unknown as z.ZodType<Shapes[Kind]>, value);
  const own = policyOf(policy, given.retention);
  return {
    required: given.required ?? false,
    policy: own,
    policyFaults: findPolicyFaults(own),
    // A disk beside this one is no stranger's; everything else may be read by whoever runs it.
    allowsPlain: given.allowUnencrypted ?? kind === 'folder',
    isPlainMeant: given.allowUnencrypted === true,
    limits: {
      maxBytesPerSecond:
        given.maxBytesPerSecond === undefined ? null : bytesOf('maxBytesPerSecond', given.maxBytesPerSecond),
    },
    store: readers[kind](given, context),
  };
}

/** What the target does not say is as in the backup folder. */
function policyOf(policy: RetentionPolicy, given: z.infer<typeof retention> = {}): RetentionPolicy {
  const { days, weekly, monthly, manualDays, maxCount } = given;
  return {
    ...policy,
    ...(days === undefined ? {} : { daily: { days } }),
    ...(weekly === undefined ? {} : { weekly: { count: weekly } }),
    ...(monthly === undefined ? {} : { monthly: { count: monthly } }),
    ...(manualDays === undefined ? {} : { manual: { days: manualDays } }),
    ...(maxCount === undefined ? {} : { maxCount }),
  };
}

const mebibyte = 1024 * 1024;
/** The smallest part that S3 takes, and the largest. */
const [smallestPart, largestPart] = [5 * mebibyte, 5 * 1024 * mebibyte];

function readS3(given: Shapes['s3'], context: TargetContext): StoreSettings {
  const { accessKey, secretKey, sessionToken, prefix = '' } = given;
  const region = given.region ?? 'us-east-1';
  const endpoint = readEndpoint(
    given.endpoint ?? `https://s3.${region}.amazonaws.com`,
    given.allowHttp === true,
  );
  const isAmazon = /\.amazonaws\.com(?:\.cn)?$/.test(new URL(endpoint).hostname);
  const usual = { accessKey: { env: 'AWS_ACCESS_KEY_ID' }, secretKey: { env: 'AWS_SECRET_ACCESS_KEY' } };
  const token = sessionToken ?? (accessKey === undefined ? { env: 'AWS_SESSION_TOKEN' } : null);
  const isTokenThere =
    token !== null &&
    (!('env' in token) || sessionToken !== undefined || context.environment.get(token.env) !== null);
  return {
    ...{ kind: 's3', endpoint, region, bucket: given.bucket },
    isPathStyle: given.pathStyle ?? !isAmazon,
    prefix: prefix === '' ? '' : `${prefix.replace(/^\/+|\/+$/g, '')}/`,
    storageClass: given.storageClass ?? null,
    partBytes: readPartSize(given.partSize),
    hasChecksumHeaders: given.checksumHeaders ?? isAmazon,
    credentials: {
      accessKeyId: readSecret('accessKey', accessKey ?? usual.accessKey, context),
      secretAccessKey: readSecret('secretKey', secretKey ?? usual.secretKey, context),
      sessionToken: isTokenThere ? readSecret('sessionToken', token, context) : null,
    },
  };
}

function readPartSize(given: number | string | undefined): number {
  if (given === undefined) return 8 * mebibyte;
  const bytes = bytesOf('partSize', given);
  if (bytes >= smallestPart && bytes <= largestPart) return bytes;
  throw new TargetProblem('partSize is from 5 MiB (5242880) to 5 GiB, and as much memory is used');
}

function readEndpoint(text: string, allowsHttp: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (
    url === null ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.search !== ''
  ) {
    throw new TargetProblem(
      'endpoint is an address such as https://s3.eu-central-1.amazonaws.com, without user and password',
    );
  }
  if (url.pathname !== '/')
    throw new TargetProblem('endpoint has no path: bucket and prefix have settings of their own');
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(url.hostname);
  if (url.protocol === 'https:' || isLoopback || allowsHttp) return url.origin;
  throw new TargetProblem(
    'endpoint begins with http:, so that everyone on the way can read the copies; "allowHttp": true if that is meant',
  );
}

function readDrive(given: Shapes['drive'], context: TargetContext): StoreSettings {
  try {
    return readDriveSettings(given, context);
  } catch (error) {
    throw error instanceof AppError ? new TargetProblem(error.message) : error;
  }
}

/** What rclone needs of the environment; the application's secrets are none of its business. */
const rcloneVariables =
  /^(PATH|HOME|USER|LANG|TMPDIR|XDG_.*|SSH_AUTH_SOCK|RCLONE_.*|(HTTP|HTTPS|NO|ALL)_PROXY|(http|https|no|all)_proxy|SSL_CERT_.*)$/;

function readRclone(given: Shapes['rclone'], { environment, folder }: TargetContext): StoreSettings {
  const record = environment.toRecord({ withFiles: false });
  return {
    kind: 'rclone',
    remote: given.remote,
    program: given.program ?? 'rclone',
    configFile: given.configFile === undefined ? null : path.resolve(folder, given.configFile),
    environment: Object.fromEntries(Object.entries(record).filter(([name]) => rcloneVariables.test(name))),
  };
}

function bytesOf(name: string, given: number | string): number {
  const parsed = parseBytes(String(given));
  if ('value' in parsed) return parsed.value;
  throw new TargetProblem(`${name}: ${parsed.reason}`);
}

function check<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const reasons = result.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`);
  throw new TargetProblem(reasons.slice(0, 3).join('; '));
}
