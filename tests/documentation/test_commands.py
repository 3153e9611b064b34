"""Every `pdarts` command in the documentation is one that the command line knows."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from cli.main import app
from tests.documentation.snippets import PAGES, ROOT, blocks_of

SHELL = ("bash", "sh")
_ENDS = "();<>|&\n"
"""Characters that end a command."""


def commands_of(script: str) -> Iterator[list[str]]:
    """Yield the words after each `pdarts`. Another command among them is a word of its own."""
    lexer = shlex.shlex(script.replace("\\\n", " "), posix=True, punctuation_chars=_ENDS)
    lexer.whitespace = " \t"
    lexer.whitespace_split = True
    words = iter(lexer)
    for word in words:
        if word == "pdarts":
            command: list[str] = []
            for argument in words:
                if argument[0] in _ENDS:
                    break
                command.append(argument)
            yield command


def parse(words: list[str]) -> None:
    """Parse a command as `pdarts` does, without carrying it out; raises what it would say."""
    command: Any = get_command(app)
    name, context = "pdarts", None
    while True:
        context = command.make_context(name, list(words), parent=context)
        if not hasattr(command, "resolve_command"):
            return
        left = [*context._protected_args, *context.args]
        name, command, words = command.resolve_command(context, left)


COMMANDS = [
    pytest.param(command, id=f"{page.relative_to(ROOT)}: {' '.join(command)}")
    for page in PAGES
    for block in blocks_of(page)
    if block.language in SHELL
    for command in commands_of(block.text)
]


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_known(command: list[str]) -> None:
    parse(command)


@pytest.mark.parametrize("command", [["search", "made"], ["search", "list", "--no-such-option"]])
def test_one_that_is_not_would_be_noticed(command: list[str]) -> None:
    with pytest.raises(Exception, match="No such"):
        parse(command)


def test_commands_are_found_wherever_they_stand() -> None:
    script = (
        'id=$(pdarts search create \\\n  --name "a b" | head -n 1)\npdarts search show $id > told\n'
    )
    assert list(commands_of(script)) == [
        ["search", "create", "--name", "a b"],
        ["search", "show", "$id"],
    ]
