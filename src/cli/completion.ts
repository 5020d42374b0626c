import type { Command } from 'commander';

export type Shell = 'bash' | 'zsh' | 'fish';

interface Verb {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly string[];
}

const flagsOf = (command: Command): readonly string[] =>
  command.options.flatMap(({ long }) => (long ? [long] : []));

const verbsOf = (program: Command): readonly Verb[] =>
  program.commands.map((command) => ({
    name: command.name(),
    description: command.description().replace(/['"`$\\]/g, ''),
    flags: [...flagsOf(command), ...command.commands.flatMap(flagsOf), '--help'],
  }));

const bash = (verbs: readonly Verb[], flags: readonly string[]): string => `_forehand() {
  local word="\${COMP_WORDS[COMP_CWORD]}" verb="\${COMP_WORDS[1]}"
  case "$COMP_CWORD:$verb" in
    1:*) COMPREPLY=($(compgen -W "${[...verbs.map(({ name }) => name), ...flags].join(' ')}" -- "$word")) ;;
${verbs.map(({ name, flags }) => `    *:${name}) COMPREPLY=($(compgen -W "${flags.join(' ')}" -- "$word") $(compgen -f -- "$word")) ;;`).join('\n')}
  esac
}
complete -F _forehand forehand
`;

const zsh = (verbs: readonly Verb[]): string => `#compdef forehand
_forehand() {
  local -a verbs=(
${verbs.map(({ name, description }) => `    '${name}:${description.replace(/:/g, ' ')}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then _describe verb verbs; return; fi
  case "$words[2]" in
${verbs.map(({ name, flags }) => `    ${name}) _values flag ${flags.map((flag) => `'${flag}'`).join(' ')}; _files ;;`).join('\n')}
  esac
}
compdef _forehand forehand
`;

const fish = (verbs: readonly Verb[]): string =>
  verbs
    .flatMap(({ name, description, flags }) => [
      `complete -c forehand -n __fish_use_subcommand -a ${name} -d '${description}'`,
      ...flags.map(
        (flag) => `complete -c forehand -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`,
      ),
    ])
    .join('\n')
    .concat('\n');

/** A script for the shell, made from the verbs themselves so that it cannot fall behind. */
export const completionScript = (shell: Shell, program: Command): string => {
  const verbs = verbsOf(program);
  if (shell === 'bash') return bash(verbs, flagsOf(program));
  return shell === 'zsh' ? zsh(verbs) : fish(verbs);
};
