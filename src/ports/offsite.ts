import type { RetentionPolicy } from '../retention/policy.ts';
import type { DriveSettings } from './drive.ts';
import type { Store } from './store.ts';

interface CommonTarget {
  /** As it stands in the settings; `s3:latest` refers to it. */
  readonly name: string;
  /** A copy that cannot be made there is a failure; otherwise a finding. */
  readonly required: boolean;
  /** How long copies stay there. */
  readonly policy: RetentionPolicy;
  /** What is wrong with the policy; anything at all means that nothing is deleted there. */
  readonly policyFaults: readonly string[];
  /** Snapshots that are not encrypted go there, too. */
  readonly allowsPlain: boolean;
  /** The operator has said so: nobody warns. */
  readonly isPlainMeant: boolean;
}

/** How fast copies may go there and come back. */
export interface TransferLimits {
  /** Null for as fast as it goes. */
  readonly maxBytesPerSecond: number | null;
}

/** Another folder: a second disk, a share, a memory stick. */
export interface FolderSettings {
  readonly kind: 'folder';
  /** Must be there: a folder below a mount point that is missing says that nothing is mounted. */
  readonly path: string;
}

/** A bucket of S3, or of a server that speaks its protocol. */
export interface S3Settings {
  readonly kind: 's3';
  /** `https://s3.eu-central-1.amazonaws.com`, or the address of a compatible server. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** The bucket's name stands in the path instead of the host name. */
  readonly isPathStyle: boolean;
  /** Before every name; empty, or ends with a slash. */
  readonly prefix: string;
  /** The store's default where it is null. */
  readonly storageClass: string | null;
  /** Objects that are larger go in parts of this size. */
  readonly partBytes: number;
  /** Send `x-amz-checksum-sha256`, which some compatible servers refuse. */
  readonly hasChecksumHeaders: boolean;
  /** Secrets. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string | null;
  };
}

/** A remote of the operator's own rclone, which keeps its credentials itself. */
export interface RcloneSettings {
  readonly kind: 'rclone';
  /** The program: a name in PATH, or a path. */
  readonly program: string;
  /** As rclone takes it: `office:backups/shop`. */
  readonly remote: string;
  /** Another `rclone.conf` than the usual one. */
  readonly configFile: string | null;
  /** What of the environment rclone gets. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A target that was asked for and cannot work: each use of it fails with this reason. */
export interface UnusableSettings {
  readonly kind: 'unusable';
  readonly reason: string;
}

export type StoreSettings = FolderSettings | S3Settings | DriveSettings | RcloneSettings | UnusableSettings;

export type TargetSettings = CommonTarget & {
  readonly limits: TransferLimits;
  readonly store: StoreSettings;
};

/** A place outside the backup folder for copies of its snapshots. */
export interface OffsiteTarget extends CommonTarget {
  readonly kind: StoreSettings['kind'];
  /**
   * Nothing is reached before the store's first call. The caller closes it.
   *
   * @throws AppError STORE.SETTING
   */
  open(): Promise<Store>;
  /**
   * What is about to go wrong with a login that is kept here, in sentences; asks nobody. Absent where there is none.
   *
   * @throws AppError STORE.AUTHENTICATION, STORE.SETTING
   */
  readLogin?(): Promise<readonly string[]>;
}

/** What is known of a target since it was last reached. A note for `health`: no decision depends on it. */
export interface TargetRecord {
  /** When it was last listed, UTC. */
  readonly reached: string | null;
  /** When the newest copy there was taken as a snapshot, UTC; null when there is none. */
  readonly newest: string | null;
  /** How many complete copies there are. */
  readonly copies: number;
  /** When a copy was last read back from there and found good, UTC. */
  readonly verified: string | null;
  /** What went wrong at the last use; null when nothing did. */
  readonly error: string | null;
}

/** By the name of the target. */
export type TargetLog = Readonly<Record<string, TargetRecord>>;
