import {
  type Purpose,
  parseSafetyReason,
  purposes,
  type SafetyReason,
  type SnapshotHeader,
  type Tier,
  tiers,
} from './header.ts';
import {
  asBoolean,
  asCount,
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

/** What `list`, `cleanup` and `health` need to know of a snapshot without opening it. No table names, no data. */
export interface Sidecar {
  readonly id: string;
  readonly kind: 'full';
  readonly purpose: Purpose;
  readonly tier: Tier | null;
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
  /** When it was last restored and checked in a scratch database (UTC), or null. */
  readonly drilled: string | null;
  readonly before: SafetyReason | null;
}

export function formatSidecar(sidecar: Sidecar): string {
  return `${JSON.stringify({ format: 'holdfast-sidecar', version: 1, ...sidecar }, null, 2)}\n`;
}

/** @throws AppError SNAPSHOT.CONTENT when it is not a sidecar */
export function parseSidecar(text: string): Sidecar {
  const object = asObject(parseJson(text, 'sidecar'), 'sidecar');
  const get = (name: string): unknown => field(object, name);
  const database = asObject(get('database'), "sidecar's database");
  return {
    id: asString(get('id'), "sidecar's id"),
    kind: asOneOf(get('kind'), ['full'], "sidecar's kind"),
    purpose: asOneOf(get('purpose'), purposes, "sidecar's purpose"),
    tier: asNullable(get('tier'), (tier, place) => asOneOf(tier, tiers, place), "sidecar's tier"),
    created: asString(get('created'), "sidecar's created"),
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
    verified: asNullable(get('verified'), asString, "sidecar's verified"),
    drilled: asNullable(get('drilled'), asString, "sidecar's drilled"),
    before: asNullable(get('before'), parseSafetyReason, "sidecar's before"),
  };
}

export interface SidecarFacts {
  readonly header: SnapshotHeader;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly verified: string | null;
}

/** The sidecar of a new snapshot, or of one whose sidecar was lost. */
export function makeSidecar({ header, ...facts }: SidecarFacts): Sidecar {
  const { id, kind, purpose, tier, created, provider, database, description, tags, before } = header;
  return {
    ...{ id, kind, purpose, tier, created, description, tags, before, ...facts },
    database: { provider, ...database },
    pinned: false,
    drilled: null,
  };
}
