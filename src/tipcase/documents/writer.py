"""The only writer: values become YAML that every reader of YAML 1.1 and 1.2 reads alike.

Rules: block style, the order of the values, UTF-8 as it is, no line ever folded, no alias, no tag.
A text that any reader could take for something else stands in double quotes; a text of several
lines is a literal block where YAML carries it exactly, else quoted. The same values with the same
comments always give the same bytes, and what was written is read back before it is handed out.

Written by hand, not by the library: its emitter takes twenty times as long, folds and moves
comments, and writes texts (U+2028, base 60) that other readers take for something else.
"""

from __future__ import annotations

import math
import re
from collections import abc
from collections.abc import Iterator
from typing import Any

from .content import DocumentError, Mapping, Note, Path, Sequence, spelled
from .limits import MAX_BYTES, MAX_DEPTH, MAX_KEY, MAX_NODES, VALUE_CONTROL
from .loader import load

# Beyond 64 bits the fast reader, like JSON's, gives a float, and digits are lost.
_MAX_INT = 2**63 - 1
_MIN_INT = -(2**63)

# Besides what must be escaped, what some reader takes for a line end or a byte order mark.
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_NOT_LITERAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NAMED_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}

# Numbers of YAML 1.1 and 1.2 (base 60, hexadecimal, grouped by _), and dates and times; wide on
# purpose: a needless pair of quotes harms nobody.
_AMBIGUOUS = re.compile(
    r"[0-9][0-9a-fA-FxXoO_.:,+\-tTzZ ]*|(?:null|true|false|yes|no|on|off|y|n)", re.IGNORECASE
)
_BREAKS_PLAIN = re.compile(r":(?:\s|$)|\s#|\s$")


def dump(data: abc.Mapping[str, Any]) -> str:
    """Write a mapping of str, int, float, bool, None, list and dict, with its comments if any.

    Raises ``DocumentError`` with the path for what no reader could read back: control characters,
    a number beyond 64 bits, an empty or overlong field name, or content beyond the limits; and
    ``TypeError`` for a value that is none of these types.
    """
    if not isinstance(data, dict):
        data = dict(data)
    lines = list(_Pen().mapping(data, 0, ())) if data else ["{}"]
    lines += data.foot if isinstance(data, Mapping) else ()
    while not lines[0]:
        del lines[0]
    text = "\n".join(lines) + "\n"
    written = text.encode()
    if len(written) > MAX_BYTES:
        raise DocumentError(f"the content is longer than {MAX_BYTES // 2**20} MiB")
    if load(written) != data:
        raise RuntimeError("a document was written that does not read back as it was given")
    return text


class _Pen:
    """Writes nodes as lines, counting them."""

    def __init__(self) -> None:
        self.nodes = 0

    def mapping(self, data: dict[str, Any], indent: int, path: Path) -> Iterator[str]:
        notes = data.notes if isinstance(data, Mapping) else {}
        for key, value in data.items():
            here = (*path, key)
            head = " " * indent + _key(key, here) + ":"
            yield from self.entry(head, value, indent, here, notes.get(key))

    def sequence(self, data: list[Any], indent: int, path: Path) -> Iterator[str]:
        notes = data.notes if isinstance(data, Sequence) else {}
        for position, value in enumerate(data):
            here = (*path, position)
            if isinstance(value, dict | list) and value:
                yield from self.item(value, indent, here, notes.get(position))
            else:
                yield from self.entry(" " * indent + "-", value, indent, here, notes.get(position))

    def entry(
        self, head: str, value: Any, indent: int, path: Path, note: Note | None
    ) -> Iterator[str]:
        """The lines of a key or a dash, its comments, and its value."""
        self.count(path)
        behind = ""
        if note:
            yield from _comment_lines(note.before, indent)
            behind = f"  {note.after}" if note.after else ""
        if isinstance(value, dict | list) and value:
            yield head + behind
            yield from self.inside(value, indent + 2, path)
        else:
            first, rest = _scalar(value, indent + 2, path)
            yield f"{head} {first}{behind}"
            yield from rest

    def item(self, value: Any, indent: int, path: Path, note: Note | None) -> Iterator[str]:
        """A list's item that holds others: the dash stands before its first line."""
        self.count(path)
        if note:
            yield from _comment_lines((*note.before, *filter(None, [note.after])), indent)
        waiting = True
        for line in self.inside(value, indent + 2, path):
            # Comments of the first entry go above the dash; no key or item begins with "#".
            if waiting and line.strip() and not line.lstrip().startswith("#"):
                yield " " * indent + "- " + line[indent + 2 :]
                waiting = False
            else:
                yield line[2:] if waiting else line

    def inside(self, value: Any, indent: int, path: Path) -> Iterator[str]:
        if len(path) >= MAX_DEPTH:
            raise DocumentError(f"values are nested more than {MAX_DEPTH} deep")
        if isinstance(value, dict):
            return self.mapping(value, indent, path)
        return self.sequence(value, indent, path)

    def count(self, path: Path) -> None:
        self.nodes += 1 if isinstance(path[-1], int) else 2
        if self.nodes >= MAX_NODES:
            raise DocumentError(f"there are more than {MAX_NODES} values")


def _comment_lines(lines: tuple[str, ...], indent: int) -> Iterator[str]:
    for line in lines:
        yield " " * indent + line if line else ""


def _key(key: Any, path: Path) -> str:
    if not isinstance(key, str):
        raise TypeError("a field's name is not a text")
    if not key or len(key) > MAX_KEY:
        raise DocumentError(f"a field's name is empty or longer than {MAX_KEY} characters")
    return _one_line(str(key), path)


def _scalar(value: Any, indent: int, path: Path) -> tuple[str, list[str]]:
    """What stands on the line of the key or dash, and the lines below it."""
    if isinstance(value, str):
        return _text(str(value), indent, path)
    if value is None:
        return "null", []
    if isinstance(value, bool):
        return ("true" if value else "false"), []
    if isinstance(value, int | float):
        return _number(value, path), []
    if isinstance(value, dict):
        return "{}", []
    if isinstance(value, list):
        return "[]", []
    raise TypeError(f"{type(value).__name__} cannot be written in a document")


def _number(value: int | float, path: Path) -> str:
    if isinstance(value, int):
        if not _MIN_INT <= value <= _MAX_INT:
            raise DocumentError(f"{spelled(path)}: the number is too large")
        return int.__repr__(value)
    if not math.isfinite(value):
        raise DocumentError(f"{spelled(path)}: the number is not finite")
    shown = float.__repr__(value)
    # YAML 1.1 takes 1e+16 for a text: it wants the dot.
    return shown if "." in shown else shown.replace("e", ".0e")


def _text(text: str, indent: int, path: Path) -> tuple[str, list[str]]:
    if not _is_literal(text):
        return _one_line(text, path), []
    margin = " " * indent
    body = text.removesuffix("\n")
    header = "|" if body != text else "|-"
    return header, [margin + line if line else "" for line in body.split("\n")]


def _is_literal(text: str) -> bool:
    """Whether a literal block carries the text exactly, in every reader's view."""
    if "\n" not in text or text[0] in "\n \t" or text.endswith("\n\n"):
        return False
    if _NOT_LITERAL.search(text) or _SURROGATE.search(text):
        return False
    return all(not line or line.strip(" \t") for line in text.split("\n"))


_SURROGATE = re.compile("[\ud800-\udfff]")


def _one_line(text: str, path: Path) -> str:
    if VALUE_CONTROL.search(text):
        raise DocumentError(f"{spelled(path)}: a control character stands in the text")
    if _is_plain(text):
        return text
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _is_plain(text: str) -> bool:
    if not text or not text[0].isalnum() or _ESCAPED.search(text):
        return False
    return not _BREAKS_PLAIN.search(text) and not _AMBIGUOUS.fullmatch(text)


def _escape(found: re.Match[str]) -> str:
    sign = found.group()
    return _NAMED_ESCAPES.get(sign) or f"\\u{ord(sign):04x}"
