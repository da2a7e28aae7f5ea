import { shellWord } from '../util/shell-word.ts';

/** The line that asks the shell for names of files. */
export const filesLine = ':files';

/** How a shell starts this very program, wherever an alias or a link leads. */
export interface CompletingProgram {
  readonly node: string;
  readonly bin: string;
}

export const completionScripts = { bash: bashScript, zsh: zshScript } as const;

function commandOf({ node, bin }: CompletingProgram): string {
  return `${shellWord(node)} ${shellWord(bin)} completion candidates --`;
}

function bashScript(program: CompletingProgram): string {
  return `# Completion of holdfast for bash. In ~/.bashrc: source <(holdfast completion bash)
_holdfast() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ${filesLine} ]]; then
      compopt -o default
    else
      COMPREPLY+=("$line")
    fi
  done < <(${commandOf(program)} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _holdfast holdfast`;
}

function zshScript(program: CompletingProgram): string {
  return `#compdef holdfast
# Completion of holdfast for zsh. In ~/.zshrc, behind compinit: source <(holdfast completion zsh)
_holdfast() {
  local -a candidates
  candidates=(\${(f)"$(${commandOf(program)} "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if [[ \${candidates[1]} == ${filesLine} ]]; then
    _files
  else
    compadd -a candidates
  fi
}
if [[ \${funcstack[1]} == _holdfast ]]; then
  _holdfast "$@"
else
  compdef _holdfast holdfast
fi`;
}
