import type { Writable } from 'node:stream';
import type { Ora } from 'ora';
import type { Progress } from '../ports/ports.ts';
import { countOf } from '../util/bytes.ts';
import { oneLine } from '../util/one-line.ts';
import type { Output } from './output.ts';
import { printable } from './text-table.ts';

/** A progress that must be ended, so that no spinner outlives the run. */
export interface ShownProgress extends Progress {
  end(): void;
}

export type ProgressStyle = 'quiet' | 'lines' | 'terminal';

export async function showProgress(
  style: ProgressStyle,
  output: Output,
  stream: Writable,
): Promise<ShownProgress> {
  if (style === 'quiet') return quiet(output);
  if (style === 'lines') return new LineProgress(output);
  // Loaded only where somebody looks: cron starts this program every minute.
  const { default: ora } = await import('ora');
  return new TerminalProgress(output, ora({ stream: stream as NodeJS.WriteStream, discardStdin: false }));
}

/** Says only what the operator must not miss. */
function quiet(output: Output): ShownProgress {
  return {
    phase() {},
    item() {},
    advance() {},
    note: (message) => output.say(printable(oneLine(message))),
    end() {},
  };
}

/** One line for each finished phase: for logs. */
class LineProgress implements ShownProgress {
  readonly #output: Output;
  #label: string | null = null;
  #rows = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  phase(label: string): void {
    this.end();
    this.#label = label;
    this.#rows = 0;
  }

  item(): void {}

  advance(rows: number): void {
    this.#rows += rows;
  }

  note(message: string): void {
    this.end();
    this.#output.say(printable(oneLine(message)));
  }

  end(): void {
    if (this.#label !== null)
      this.#output.say(
        `  ${printable(this.#label)}${this.#rows === 0 ? '' : `: ${countOf(this.#rows, 'row')}`}`,
      );
    this.#label = null;
  }
}

const barWidth = 24;

/** A bar that is redrawn in place. */
class TerminalProgress implements ShownProgress {
  readonly #output: Output;
  readonly #spinner: Ora;
  #label = '';
  #item = '';
  #total: number | null = null;
  #rows = 0;

  constructor(output: Output, spinner: Ora) {
    this.#output = output;
    this.#spinner = spinner;
  }

  phase(label: string, total: number | null): void {
    this.#label = label;
    this.#item = '';
    this.#total = total;
    this.#rows = 0;
    this.#draw();
    this.#spinner.start();
  }

  item(name: string): void {
    this.#item = ` ${printable(name)}`;
    this.#draw();
  }

  advance(rows: number): void {
    this.#rows += rows;
    this.#draw();
  }

  note(message: string): void {
    this.#spinner.stop();
    this.#output.say(printable(oneLine(message)));
  }

  end(): void {
    this.#spinner.stop();
  }

  #draw(): void {
    const share = this.#total === null || this.#total === 0 ? null : Math.min(1, this.#rows / this.#total);
    const filled = Math.round((share ?? 0) * barWidth);
    const bar = share === null ? '' : ` ${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
    const rows = this.#rows === 0 ? '' : ` ${countOf(this.#rows, 'row')}`;
    this.#spinner.text = `${printable(this.#label)}${bar}${rows}${this.#item}`;
  }
}
