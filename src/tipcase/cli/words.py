"""Words that people type: the table of commands, the options that stand anywhere, stdin."""

from __future__ import annotations

import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from tipcase.cli.context import Context, parse_date
from tipcase.errors import NotFoundError, UsageError

# Family → command → what it does. The root shows this without loading any command.
FAMILIES: dict[str, dict[str, str]] = {
    "set up": {
        "keygen": "make your identity and your card",
        "init": "start a casebook",
        "unlock": "open your identity for some hours",
        "lock": "close it again",
        "staff": "who is on the staff: add, remove, keys, list",
        "settings": "show, change or accept the casebook's settings",
        "doctor": "check keys, folders, clock and tools, with a fix for each",
        "demo": "walk through the main job on invented cases",
    },
    "a case": {
        "new": "open a case",
        "list": "the cases with their stages",
        "find": "find a case by name, number, phone or birth",
        "status": "where a case stands and what comes next",
        "show": "the records of a case, or what one says",
        "put": "write a record from a file",
        "set": "set fields of a record",
        "edit": "write a record in your editor",
        "attach": "seal a photo, a scan or a recording into a case",
        "link": "say that two cases belong together",
    },
    "the process": {
        "check": "what is missing or against the rules",
        "advance": "move a case to its next stage",
        "skip": "mark a stage as not applicable or done elsewhere",
        "due": "what is late or coming, of the cases and the provider",
        "readiness": "whether a case can be closed, with the evidence",
        "close": "close a case with an outcome, or propose it",
        "confirm": "confirm a closing that somebody else proposed",
        "reopen": "open a closed case again",
    },
    "custody": {
        "grant": "open a case to a colleague",
        "revoke": "take it away again, with new keys for who stays",
        "rekey": "make new keys of a case",
        "recover": "bring everything back with the recovery seed, or replace the seed",
        "merge": "join what git could not, record by record",
        "resolve": "choose where people wrote a field apart",
        "adopt": "take in work of somebody who was removed meanwhile",
        "sync": "fetch, merge, verify and push",
        "log": "who did what when",
        "verify": "find what is damaged, forged or missing",
        "backup": "write the casebook into one encrypted archive",
        "restore": "bring a casebook back from its archive",
        "repair": "mend it, from git and from unfinished writes",
    },
    "output": {
        "form": "print forms of a case",
        "report": "count the cases: for the office, or protected to be published",
        "export": "take an attachment out, or facts of cases for other programs",
        "law": "the provisions and what carries each",
        "schema": "the fields of a record type",
    },
}
COMMANDS = {name: text for family in FAMILIES.values() for name, text in family.items()}

_VALUED = {"--casebook": "DIR", "--identity": "FILE", "--as-of": "DATE"}
# The first line keeps the framework from breaking the second one anew.
ANYWHERE = "\b\nAnywhere: --casebook DIR, --identity FILE, --json, --as-of DATE."


def take_options(words: Sequence[str], context: Context) -> list[str]:
    """Take the options that may stand anywhere out of the words, into the context."""
    rest: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            return [*rest, word, *waiting]
        if word == "--json":
            context.json = True
        elif name in _VALUED:
            if not equals:
                if not waiting:
                    raise UsageError(f"{name} needs a value", f"give {name} {_VALUED[name]}")
                value = waiting.pop(0)
            if not value:
                raise UsageError(f"{name} needs a value", f"give {name} {_VALUED[name]}")
            _set(context, name, value)
        else:
            rest.append(word)
    return rest


def _set(context: Context, name: str, value: str) -> None:
    if name == "--casebook":
        context.casebook = Path(value)
    elif name == "--identity":
        context.identity = value
    else:
        context.as_of = parse_date(value, name)


def read_input() -> bytes:
    """Everything on standard input, up to one byte more than any text may have."""
    if sys.stdin.isatty():
        from tipcase import terminal

        terminal.say("type the text, then Ctrl-D on a line of its own")
    return sys.stdin.buffer.read(_ceiling())


def read_source(source: str | Path, what: str) -> bytes:
    """The bytes of ``-`` (standard input), or of a file or pipe that a person names.

    Links are followed here, because the file is theirs. Its name is not repeated in errors: what
    was typed in the place of a name can be what a record says.
    """
    if source == "-":
        return read_input()
    from tipcase import files

    path = Path(source)
    with files.refusals(f"read the {what}"):
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError, ValueError):
            raise NotFoundError(
                f"the file of the {what} is not there", "check its name, or give - for the input"
            ) from None
        if stat.S_ISFIFO(mode):
            with path.open("rb") as stream:
                return stream.read(_ceiling())
        if not stat.S_ISREG(mode):
            raise UsageError(
                f"what is named for the {what} is not a file",
                "name a file, or give - for the input",
            )
        return files.read(path.resolve(), f"read the {what}")


def read_text(source: str, what: str) -> str:
    """A text given as ``-``, ``@FILE`` or itself; a last line end is dropped."""
    from tipcase import documents

    if source == "-":
        return documents.decoded(read_input()).rstrip("\n")
    if source.startswith("@"):
        return documents.decoded(read_source(source[1:], what)).rstrip("\n")
    return documents.decoded(source)


def _ceiling() -> int:
    # An endless input must not fill the memory before it is refused for its length.
    from tipcase.documents.limits import MAX_BYTES

    return MAX_BYTES + 1
