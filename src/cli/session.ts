import type { Workspace } from '../api/workspace.ts';
import type { CliIo } from './io.ts';
import type { Output } from './output.ts';
import type { ShownProgress } from './progress.ts';

/** The options that every command has. */
export interface CommonFlags {
  readonly app?: string;
  readonly schema?: string;
  readonly config?: string;
  readonly dir?: string;
  readonly urlEnv?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly compression?: boolean;
  readonly level?: string;
  readonly lockTimeout?: string;
  readonly timeZone?: string;
  readonly retentionDays?: string;
  readonly daily?: string;
  readonly weekly?: string;
  readonly monthly?: string;
  readonly maxCount?: string;
  readonly manualDays?: string;
  readonly maxAge?: string;
  readonly encrypt?: readonly string[];
  readonly identity?: string;
  readonly passphraseFile?: string;
  readonly passphraseFd?: string;
}

/** One run of one command. */
export interface Session extends Workspace {
  readonly io: CliIo;
  readonly output: Output;
  readonly progress: ShownProgress;
}
