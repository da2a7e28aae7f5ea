import { createInterface, type Interface } from 'node:readline';
import type { CliIo } from './io.ts';

/** Asks a person at a terminal, one question after the other. What is typed ahead answers the next question. */
export class Prompt {
  readonly #io: CliIo;
  readonly #readline: Interface;
  readonly #typed: string[] = [];
  #isEnded = false;
  #wake: () => void = () => undefined;

  constructor(io: CliIo) {
    this.#io = io;
    this.#readline = createInterface({ input: io.stdin, output: io.stderr, terminal: true });
    this.#readline.on('line', (line) => {
      this.#typed.push(line);
      this.#wake();
    });
    this.#readline.once('close', this.#end);
    io.signal?.addEventListener('abort', this.#end);
  }

  /** What was typed; null after the end of the input, and after Ctrl+C or Ctrl+D in place of an answer. */
  async ask(question: string): Promise<string | null> {
    if (this.#typed.length === 0 && !this.#isEnded) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#readline.setPrompt(question);
      this.#readline.prompt();
      await woken;
    }
    this.#io.signal?.throwIfAborted();
    return this.#typed.shift()?.trim() ?? null;
  }

  close(): void {
    this.#io.signal?.removeEventListener('abort', this.#end);
    this.#readline.close();
  }

  readonly #end = (): void => {
    this.#isEnded = true;
    this.#wake();
  };
}
