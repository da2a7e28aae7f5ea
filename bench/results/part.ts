import type { IdKind } from '../data/tables.ts';
import type { EngineName } from '../databases/engine.ts';
import type { MeasuredPair } from '../measure/alternate.ts';
import type { Machine } from './machine.ts';

/** The parts of the bench, in the order in which they run and are shown. */
export const partNames = [
  'postgres',
  'sqlite',
  'mysql',
  'prisma',
  'memory',
  'growth',
  'start',
  'catalogue',
  'stages',
] as const;
export type PartName = (typeof partNames)[number];

export interface PairResult extends MeasuredPair {
  readonly idKind: IdKind;
  /** Of the largest table. */
  readonly rows: number;
}

/** Backup or restore of a database of one size, by Holdfast alone. */
export interface SizeResult {
  readonly engine: EngineName;
  readonly work: 'backup' | 'restore';
  /** Of the largest table, and of all tables together. */
  readonly rows: number;
  readonly allRows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** One stage of the way of the rows, run by itself. */
export interface StageResult {
  readonly name: string;
  readonly seconds: number;
  /** Of Holdfast's process, and of the database server. */
  readonly cpuSeconds: number;
  readonly serverCpuSeconds: number;
  /** The bytes that it took in. */
  readonly bytes: number;
}

export interface StageTable {
  readonly engine: EngineName;
  readonly rows: number;
  readonly idKind: IdKind;
  readonly work: 'backup' | 'restore';
  readonly stages: readonly StageResult[];
  /** The real command, as a whole process. */
  readonly whole: {
    readonly seconds: number;
    readonly cpuSeconds: number;
    readonly serverCpuSeconds: number;
  };
}

/** What one part of the bench has found, and where. */
export interface PartResult {
  readonly part: PartName;
  /** When it ended, UTC. */
  readonly measured: string;
  readonly machine: Machine;
  readonly pairs: readonly PairResult[];
  readonly sizes: readonly SizeResult[];
  readonly stages: readonly StageTable[];
}

export type Findings = Pick<PartResult, 'pairs' | 'sizes' | 'stages'>;
export const noFindings: Findings = { pairs: [], sizes: [], stages: [] };
