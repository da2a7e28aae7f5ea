import type { Command, Option } from 'commander';

/** What a shell may offer for the word that is being typed. */
export type Completion =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Names of files and folders, which the shell knows itself. */
  | { readonly kind: 'files' }
  | { readonly kind: 'snapshots' };

export interface TypedLine {
  readonly completion: Completion;
  /** The options that say where the application and its snapshots are. */
  readonly flags: Readonly<Record<string, string>>;
}

const fileOptions: ReadonlySet<string> = new Set(['--app', '--schema', '--config', '--dir']);

/**
 * Finds out what may come next.
 *
 * @param typed the words behind the program's name; the last one is being typed, and may be empty
 */
export function completeLine(program: Command, typed: readonly string[]): TypedLine {
  const line = new Line(program);
  for (const word of typed.slice(0, -1)) line.read(word);
  return { completion: line.complete(typed.at(-1) ?? ''), flags: line.flags };
}

class Line {
  readonly flags: Record<string, string> = {};
  readonly #used = new Set<Option>();
  #command: Command;
  #arguments = 0;
  /** The option whose value comes next. */
  #open: Option | null = null;

  constructor(program: Command) {
    this.#command = program;
  }

  read(word: string): void {
    // A shell may hand out `--dir=x` as three words.
    if (this.#open !== null && word === '=') return;
    if (this.#open !== null) this.#readValue(this.#open, word);
    else if (word.startsWith('-')) this.#readOption(word);
    else this.#readWord(word);
  }

  #readWord(word: string): void {
    const command = this.#command.commands.find((one) => one.name() === word);
    if (command === undefined) this.#arguments++;
    else this.#command = command;
  }

  #readOption(word: string): void {
    const [name, ...value] = word.split('=');
    const option = this.#command.options.find(({ long, short }) => long === name || short === name);
    if (option === undefined) return;
    this.#used.add(option);
    if (value.length > 0) this.#readValue(option, value.join('='));
    else if (option.required) this.#open = option;
  }

  #readValue(option: Option, value: string): void {
    if (fileOptions.has(option.long ?? '')) this.flags[option.attributeName()] = value;
    this.#open = null;
  }

  complete(word: string): Completion {
    if (this.#open !== null) return this.#completeValue(this.#open);
    if (word.startsWith('-')) return { kind: 'words', words: this.#optionNames() };
    const names = visibleCommands(this.#command);
    if (names.length > 0 && this.#arguments > 0) return { kind: 'words', words: [] };
    if (names.length > 0) return { kind: 'words', words: names };
    const argument = this.#command.registeredArguments[this.#arguments];
    if (argument?.name() === 'snapshot') return { kind: 'snapshots' };
    return { kind: 'words', words: argument?.argChoices ?? [] };
  }

  #completeValue(option: Option): Completion {
    if (fileOptions.has(option.long ?? '')) return { kind: 'files' };
    return { kind: 'words', words: option.argChoices ?? [] };
  }

  #optionNames(): readonly string[] {
    const options = this.#command.options.filter((one) => !one.hidden && !this.#used.has(one));
    return [...options.map(({ long, short }) => long ?? short ?? ''), '--help'];
  }
}

/** Without `help`, which every level has. */
function visibleCommands(command: Command): readonly string[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((one) => one.name()).filter((name) => name !== 'help');
}
