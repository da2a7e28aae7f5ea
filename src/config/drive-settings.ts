import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { DriveCredentials, DriveSettings } from '../ports/drive.ts';
import { readSecret, type SecretContext, SecretProblem, secretShape } from './secret-value.ts';

const text = z.string().min(1);

/** What a target of the kind `drive` may say, besides what every target may. */
export const driveFields = {
  kind: z.literal('drive'),
  folder: text.max(200).optional(),
  clientFile: text.optional(),
  clientId: secretShape.optional(),
  clientSecret: secretShape.optional(),
  tokenFile: text.optional(),
  serviceAccountFile: text.optional(),
  sharedDrive: z
    .string()
    .regex(/^[\w-]{5,100}$/, 'expected the id of a shared drive, the last part of its address')
    .optional(),
};

/** Other keys are those of every target, which are checked with the list of targets. */
const driveShape = z.looseObject(driveFields);
type DriveFields = z.infer<typeof driveShape>;

export interface DriveSettingsContext extends SecretContext {
  /** The target's name. */
  readonly name: string;
  /** The settings file, for messages. */
  readonly file: string;
}

const usualClient = {
  clientId: { env: 'HOLDFAST_DRIVE_CLIENT_ID' },
  clientSecret: { env: 'HOLDFAST_DRIVE_CLIENT_SECRET' },
};

/**
 * Reads one target of the kind `drive`. The files with the secrets are not opened.
 *
 * @throws AppError CONFIG.SETTING with everything that is wrong
 */
export function readDriveSettings(value: unknown, context: DriveSettingsContext): DriveSettings {
  const result = driveShape.safeParse(value);
  if (!result.success) {
    const reasons = result.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`);
    throw wrong(context, reasons.join('; '));
  }
  const fields = result.data;
  const credentials =
    fields.serviceAccountFile === undefined
      ? readPerson(fields, context)
      : readServiceAccount({ ...fields, serviceAccountFile: fields.serviceAccountFile }, context);
  return { kind: 'drive', name: context.name, folder: fields.folder ?? 'Holdfast Backups', credentials };
}

function readServiceAccount(
  fields: DriveFields & { readonly serviceAccountFile: string },
  context: DriveSettingsContext,
): DriveCredentials {
  const { serviceAccountFile, sharedDrive, clientFile, clientId, tokenFile } = fields;
  if (sharedDrive === undefined) {
    throw wrong(
      context,
      'a service account has no storage of its own: "sharedDrive" has to name the id of a shared drive that it is a member of',
    );
  }
  if ([clientFile, clientId, tokenFile].some((one) => one !== undefined)) {
    throw wrong(context, 'it takes either serviceAccountFile, or an OAuth client, not both');
  }
  const keyPath = path.resolve(context.folder, serviceAccountFile);
  return { kind: 'service account', keyPath, sharedDrive };
}

function readPerson(fields: DriveFields, context: DriveSettingsContext): DriveCredentials {
  if (fields.sharedDrive !== undefined) {
    throw wrong(
      context,
      'sharedDrive goes with serviceAccountFile: a login reaches only what Holdfast has made, and it did not make the shared drive',
    );
  }
  const { tokenFile, clientFile } = fields;
  const tokenPath =
    tokenFile === undefined ? usualTokenPath(context) : path.resolve(context.folder, tokenFile);
  const client =
    clientFile === undefined
      ? readClient(fields, context)
      : { path: path.resolve(context.folder, clientFile) };
  return { kind: 'person', client, tokenPath };
}

function readClient(
  { clientId = usualClient.clientId, clientSecret = usualClient.clientSecret }: DriveFields,
  context: DriveSettingsContext,
): { readonly id: string; readonly secret: string } {
  try {
    return {
      id: readSecret('clientId', clientId, context),
      secret: readSecret('clientSecret', clientSecret, context),
    };
  } catch (error) {
    if (!(error instanceof SecretProblem)) throw error;
    throw wrong(context, `${error.message}; or "clientFile" names the JSON file of the OAuth client`);
  }
}

/** Beside no backup: whoever gets a copy of the backup folder must not get the access to Google Drive with it. */
function usualTokenPath({ environment, name }: DriveSettingsContext): string {
  const home = environment.get('HOME')?.value ?? homedir();
  const configFolder = environment.get('XDG_CONFIG_HOME')?.value ?? path.join(home, '.config');
  return path.join(configFolder, 'holdfast', `${name}.token.json`);
}

function wrong({ name, file }: DriveSettingsContext, reason: string): AppError {
  return new AppError('CONFIG.SETTING', `The target '${name}' in ${file} cannot be used: ${reason}`, {
    hint: 'For example: { "targets": { "drive": { "kind": "drive", "clientFile": "client_secret.json" } } }; docs/CLI-drive.md leads through it',
  });
}
