"""Completion in bash, zsh and fish: the command that prints their scripts, and what these scripts call.

It is click's machinery with two differences. A line is split as it is meant: in bash ``@`` and ``:`` end a word,
so that it would see ``FlightsHourly@20`` as three. And whatever goes wrong, nothing is completed and nothing said.
"""

from __future__ import annotations

import os
from typing import ClassVar, Final

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

from synergy.cli.program import Invocation, command

PART: Final = "part"
"""The type of an item behind which more is to be typed, without a space."""

_END: Final = "\x1f"
"""Stands for the cursor while a line is split: behind a space it is a word of its own."""

_BEGINS_WORD: Final = "@"
"""Bash counts this break to the word behind it, as the beginning of a host's name."""

BASH: Final = """\
%(complete_func)s() {
    local type value
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            part) compopt -o nospace; COMPREPLY+=("$value") ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(COMP_WORDS="${COMP_LINE:0:COMP_POINT}" \\
        COMP_WORDBREAKS="$COMP_WORDBREAKS" %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""
ZSH: Final = """\
#compdef %(prog_name)s
%(complete_func)s() {
    local type value help
    local -a response plain parts described
    response=("${(@f)$(COMP_WORDS="${(j: :)words[1,CURRENT-1]} $PREFIX" \\
        %(complete_var)s=zsh_complete $words[1] 2>/dev/null)}")
    for type value help in $response; do
        case $type in
            dir) _path_files -/ ;;
            part) parts+=("$value") ;;
            plain) [[ $help == _ ]] && plain+=("$value") || described+=("$value:$help") ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
    (( $#parts )) && compadd -U -S '' -V parts -a parts
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef %(complete_func)s %(prog_name)s
fi
"""
FISH: Final = """\
function %(complete_func)s
    set -l words (commandline -cp | string collect)
    set -l program (commandline -opc)[1]
    for item in (env COMP_WORDS="$words" %(complete_var)s=fish_complete $program 2>/dev/null)
        set -l fields (string split -m 1 "," -- $item)
        if test $fields[1] = dir
            __fish_complete_directories $fields[2]
        else if contains -- $fields[1] plain part
            echo $fields[2]
        end
    end
end
complete --keep-order --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Meant(ShellComplete):
    """The line as it is meant, whatever the shell takes for words; and silence."""

    incomplete: str = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """See ShellComplete."""
        words = split_arg_string(os.environ["COMP_WORDS"] + _END)
        return words[1:-1], words[-1].removesuffix(_END)

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """See ShellComplete; of ``--option=value`` the whole is completed."""
        self.incomplete = incomplete
        found = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if equals and option.startswith("--"):
            for item in found:
                item.value = f"{option}={item.value}"
        return found

    def complete(self) -> str:
        """See ShellComplete; nothing, when anything is wrong with the line."""
        try:
            return super().complete()
        except Exception:  # noqa: BLE001 - the boundary: a shell that completes a word is not to be told of errors
            return ""


class Bash(_Meant, BashComplete):
    """Replaces what is behind the last break of the word, as bash does."""

    source_template: ClassVar[str] = BASH

    def source(self) -> str:
        """See ShellComplete."""
        return ShellComplete.source(self)

    def format_completion(self, item: CompletionItem) -> str:
        """See ShellComplete."""
        return f"{item.type},{str(item.value).removeprefix(self._kept())}"

    def _kept(self) -> str:
        """The beginning of the word, which bash leaves as it is; within quotes nothing breaks a word."""
        if _is_quoted(os.environ["COMP_WORDS"]):
            return ""
        breaks = os.environ.get("COMP_WORDBREAKS", "")
        start = max(map(self.incomplete.rfind, breaks), default=-1) + 1
        return self.incomplete[:start].removesuffix(_BEGINS_WORD)


def _is_quoted(line: str) -> bool:
    """Whether a quotation has begun that does not end on the line."""
    quote, is_escaped = "", False
    for sign in line:
        if is_escaped:
            is_escaped = False
        elif sign == "\\" and quote != "'":
            is_escaped = True
        elif quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
    return bool(quote)


class Zsh(_Meant, ZshComplete):
    """With descriptions."""

    source_template: ClassVar[str] = ZSH


class Fish(_Meant, FishComplete):
    """With descriptions."""

    source_template: ClassVar[str] = FISH


SHELLS: Final[dict[str, type[ShellComplete]]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def adopt_shells() -> None:
    """Let click complete for these shells as we do."""
    for name, shell in SHELLS.items():
        add_completion_class(shell, name)


@command("completion", 'eval "$(synergyctl completion bash)"', "synergyctl completion fish")
@click.argument("shell", type=click.Choice(tuple(SHELLS)))
@click.pass_context
def completion(context: click.Context, _invocation: Invocation, shell: str) -> None:
    """Print the script that completes commands, options, and the names that the daemon knows now.

    In ~/.bashrc or ~/.zshrc: eval "$(synergyctl completion bash)", or zsh; in ~/.config/fish/config.fish:
    synergyctl completion fish | source.
    """
    root = context.find_root()
    name = root.command.name or ""
    click.echo(SHELLS[shell](root.command, {}, name, f"_{name}_complete".upper()).source(), nl=False)
