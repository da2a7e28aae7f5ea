import type { AccessReport } from '../../ports/access.ts';
import type { Crontab } from '../../ports/crontab.ts';
import type { DatabaseIdentity } from '../../ports/database.ts';
import type { History } from '../../ports/history.ts';
import type { Host } from '../../ports/host.ts';
import type { NotificationSettings } from '../../ports/notifier.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Schedule } from '../../retention/schedule.ts';
import type { HealthFinding } from '../health/health-finding.ts';
import type { ScheduledProgram } from '../scheduling/cron-lines.ts';

/** What the application's folder says of its Prisma. */
export interface PrismaFacts {
  /** Of the installed `@prisma/client` or `prisma`; null where neither is installed. */
  readonly version: string | null;
  /** Null where there is no schema that can be read. */
  readonly models: number | null;
  /** What could not be found or understood, in sentences. */
  readonly warnings: readonly string[];
}

export interface DatabaseFacts {
  readonly identity: DatabaseIdentity;
  /** Where the address was found: `DATABASE_URL in .env`. */
  readonly origin: string;
  readonly access: AccessReport;
  readonly warnings: readonly string[];
}

export interface DoctorSettings {
  readonly appFolder: string;
  readonly schedule: Schedule;
  readonly isCompressed: boolean;
  readonly historyPath: string;
  /** The files that settings were read from. */
  readonly sources: readonly string[];
  readonly warnings: readonly string[];
  readonly policyFaults: readonly string[];
}

/** What the checks look at. Functions may be called by several checks, do their work once, and reject with AppErrors. */
export interface DoctorContext {
  readonly ports: Ports;
  readonly host: Host;
  readonly crontab: Crontab;
  readonly program: ScheduledProgram;
  readonly settings: DoctorSettings;
  readonly readPrisma: () => Promise<PrismaFacts>;
  readonly readDatabase: () => Promise<DatabaseFacts>;
  /** Null when there is none yet. */
  readonly openHistory: () => Promise<History | null>;
  /** Reads what is in the identity file, without handing it out; absent where none is configured. */
  readonly readIdentities?: () => Promise<unknown>;
  /** Whether targets may be reached. */
  readonly asksTargets: boolean;
  readonly readNotifications: () => Promise<NotificationSettings & { readonly problems: readonly string[] }>;
}

export interface CheckAnswer {
  /** What is there, for people: `Node 20.20.2`. */
  readonly found: string;
  readonly findings: readonly HealthFinding[];
}

/** One thing that a good setup needs. An AppError that it throws is its finding. */
export interface DoctorCheck {
  readonly name: string;
  /** Null where there is nothing to check. */
  run(context: DoctorContext): Promise<CheckAnswer | null>;
}
