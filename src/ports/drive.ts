import type { Store } from './store.ts';

/** Who Google is told is asking: an installed application on behalf of a person, or a service account. */
export type DriveCredentials =
  | {
      readonly kind: 'person';
      /** The OAuth client: its id and secret, or the JSON file that Google Cloud gives out. */
      readonly client: { readonly id: string; readonly secret: string } | { readonly path: string };
      /** Where the refresh token is kept, with mode 0600. */
      readonly tokenPath: string;
    }
  | {
      readonly kind: 'service account';
      /** The JSON key, mode 0600. */
      readonly keyPath: string;
      /** The id of the shared drive that holds the folder. */
      readonly sharedDrive: string;
    };

export interface DriveSettings {
  readonly kind: 'drive';
  /** The target's name in the settings. */
  readonly name: string;
  /** The name of the folder in Google Drive. */
  readonly folder: string;
  readonly credentials: DriveCredentials;
}

/** Other addresses than Google's, for tests: `http://127.0.0.1:<port>`. No setting and no variable leads here. */
export interface DriveEndpoints {
  readonly origin: string;
}

/** A login that waits for the person in front of the browser. */
export interface PendingLogin {
  /** The address to open in a browser. */
  readonly url: string;
  /**
   * Takes what the browser was sent back to (the whole address, or the code in it) where it could not reach this
   * machine.
   *
   * @throws AppError STORE.AUTHENTICATION when it is of another login, or says that access was refused
   */
  takeAnswer(text: string): void;
  /** The account, once the person has agreed and the token is stored. */
  finish(): Promise<DriveLogin>;
  close(): Promise<void>;
}

export interface DriveLogin {
  /** The address of the Google account. */
  readonly account: string;
  readonly tokenPath: string;
  /** When the token ends, UTC in ISO form; null where Google does not say. */
  readonly expires: string | null;
}

export interface DriveLogout {
  /** Whether there was a token to delete. */
  readonly wasLoggedIn: boolean;
  /** Whether Google has withdrawn it; false when it was not valid any more, or Google could not be reached. */
  readonly isRevoked: boolean;
  readonly tokenPath: string;
}

export interface DriveStatus {
  readonly account: string;
  readonly credentials: DriveCredentials['kind'];
  /** Null limits where Google sets none, as for a shared drive. */
  readonly quota: { readonly limitBytes: number | null; readonly usedBytes: number | null } | null;
  /** Null before the first upload. */
  readonly folder: { readonly name: string; readonly id: string; readonly objects: number } | null;
  /** Null for a service account. */
  readonly token: { readonly obtained: string; readonly expires: string | null } | null;
  /** Sentences for the operator. */
  readonly warnings: readonly string[];
}

/** Google Drive as one target, with what concerns the access to it. Rejections are those of `Store`. */
export interface DriveAccess {
  /** @throws AppError STORE.SETTING for a service account */
  startLogin(signal?: AbortSignal): Promise<PendingLogin>;
  /** Withdraws the token at Google and deletes it here. */
  logout(): Promise<DriveLogout>;
  status(): Promise<DriveStatus>;
  /** Warns when the login that is stored here ends; asks nobody. */
  readLogin(): Promise<readonly string[]>;
  openStore(): Store;
}
