import { AppError } from '../errors.ts';
import {
  type Purpose,
  parseSafetyReason,
  parseTiers,
  purposes,
  type SafetyReason,
  type SnapshotHeader,
  type Tier,
  tiers,
} from './header.ts';
import {
  asBoolean,
  asCount,
  asInstant,
  asList,
  asNullable,
  asObject,
  asOneOf,
  asSha256,
  asString,
  field,
  parseJson,
} from './json-shape.ts';
import type { Provider } from './table.ts';

const sidecarFormat = 'holdfast-sidecar';
const sidecarVersion = 1;

/** `decoded`: every row was read. `stored bytes`: they hash to what was written, of a file that could not be opened. */
export const verifications = ['decoded', 'stored bytes'] as const;
export type Verification = (typeof verifications)[number];

/** What `list`, `cleanup` and `health` need to know of a snapshot without opening it. No table names, no data. */
export interface Sidecar {
  readonly id: string;
  /** `full`: rows; `file`: a whole database file. */
  readonly kind: 'full' | 'file';
  readonly purpose: Purpose;
  readonly tier: Tier | null;
  /** As in the header: every tier that it serves, where these are more than `tier` says. */
  readonly serves?: readonly Tier[];
  /** True when only some of the tables were asked for; absent otherwise. */
  readonly partial?: boolean;
  readonly created: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of the whole snapshot file. */
  readonly sha256: string;
  readonly database: { readonly provider: Provider; readonly host: string | null; readonly name: string };
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly pinned: boolean;
  /** When the file was last read back and found good (UTC), or null. */
  readonly verified: string | null;
  /** Of an encrypted snapshot: how it was verified; absent otherwise. */
  readonly verifiedBy?: Verification;
  /** When it was last restored and checked in a scratch database (UTC), or null. */
  readonly drilled: string | null;
  readonly before: SafetyReason | null;
}

export function formatSidecar(sidecar: Sidecar): string {
  return `${JSON.stringify({ format: sidecarFormat, version: sidecarVersion, ...sidecar }, null, 2)}\n`;
}

/** @throws AppError SNAPSHOT.CONTENT when it is not a sidecar of this version */
export function parseSidecar(text: string): Sidecar {
  const object = asObject(parseJson(text, 'sidecar'), 'sidecar');
  const get = (name: string): unknown => field(object, name);
  if (get('format') !== sidecarFormat || get('version') !== sidecarVersion) {
    throw new AppError('SNAPSHOT.CONTENT', 'It is not a sidecar that this version of Holdfast reads');
  }
  const database = asObject(get('database'), "sidecar's database");
  const [serves, partial, verifiedBy] = [get('serves'), get('partial'), get('verifiedBy')];
  return {
    id: asString(get('id'), "sidecar's id"),
    kind: asOneOf(get('kind'), ['full', 'file'], "sidecar's kind"),
    purpose: asOneOf(get('purpose'), purposes, "sidecar's purpose"),
    tier: asNullable(get('tier'), (tier, place) => asOneOf(tier, tiers, place), "sidecar's tier"),
    ...(serves === undefined ? {} : { serves: parseTiers(serves, "sidecar's serves") }),
    ...(partial === undefined ? {} : { partial: asBoolean(partial, "sidecar's partial") }),
    created: asInstant(get('created'), "sidecar's created"),
    rows: asCount(get('rows'), "sidecar's rows"),
    bytes: asCount(get('bytes'), "sidecar's bytes"),
    sha256: asSha256(get('sha256'), "sidecar's sha256"),
    database: {
      provider: asOneOf(field(database, 'provider'), ['sqlite', 'postgresql', 'mysql'], "sidecar's provider"),
      host: asNullable(field(database, 'host'), asString, "sidecar's host"),
      name: asString(field(database, 'name'), "sidecar's database name"),
    },
    description: asNullable(get('description'), asString, "sidecar's description"),
    tags: asList(get('tags'), asString, "sidecar's tags"),
    pinned: asBoolean(get('pinned'), "sidecar's pinned"),
    verified: asNullable(get('verified'), asInstant, "sidecar's verified"),
    ...(verifiedBy === undefined
      ? {}
      : { verifiedBy: asOneOf(verifiedBy, verifications, "sidecar's verifiedBy") }),
    drilled: asNullable(get('drilled'), asInstant, "sidecar's drilled"),
    before: asNullable(get('before'), parseSafetyReason, "sidecar's before"),
  };
}

export interface SidecarFacts {
  readonly header: Omit<SnapshotHeader, 'kind'> & Pick<Sidecar, 'kind'>;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly verified: string | null;
  readonly isEncrypted: boolean;
}

/**
 * The sidecar of a new snapshot, or of one whose sidecar was lost. What people wrote about an encrypted one stays in
 * the file.
 */
export function makeSidecar({ header, isEncrypted, ...facts }: SidecarFacts): Sidecar {
  const { id, kind, purpose, tier, serves, partial, created, provider, database, description, tags, before } =
    header;
  return {
    ...{ id, kind, purpose, tier },
    ...(serves === undefined ? {} : { serves }),
    ...(partial ? { partial } : {}),
    created,
    ...(isEncrypted ? { description: null, tags: [] } : { description, tags }),
    ...{ before, ...facts },
    ...(isEncrypted && facts.verified !== null ? { verifiedBy: 'decoded' as const } : {}),
    database: { provider, ...database },
    pinned: false,
    drilled: null,
  };
}
