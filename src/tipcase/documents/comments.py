"""Finding the comments of a text and giving each to the entry that a person meant it for.

The parser drops comments; but a number sign that stands outside every scalar is one, so they can
be found again between the places that the scalars take. A comment on a line of its own belongs to
the entry below it, one behind something to the last entry before it.
"""

from __future__ import annotations

from typing import NamedTuple

from .content import Mapping, Note, Sequence

# What may stand before a comment on a line that still holds no key and no value.
_INDICATORS = " \t-?:,[]{}"


class Entry(NamedTuple):
    """Where in the text a key or a list's item begins, and whose it is."""

    start: int
    holder: Mapping | Sequence
    key: str | int


class _Comment(NamedTuple):
    start: int
    text: str
    alone: bool


def attach(source: str, entries: list[Entry], spans: list[tuple[int, int]], root: Mapping) -> None:
    """Put every comment and blank line into the notes of its entry, or at the root's foot.

    ``entries`` and ``spans`` (start and end of each scalar) are in the order of the text.
    """
    if "#" not in source and "\n\n" not in source:
        return
    waiting: list[str] = []
    at = 0
    for comment in _comments(source, spans):
        while at < len(entries) and entries[at].start < comment.start:
            _note(entries[at], before=waiting)
            waiting = []
            at += 1
        if comment.alone or at == 0:
            waiting.append(comment.text)
        else:
            _note(entries[at - 1], after=comment.text)
    if at < len(entries):
        _note(entries[at], before=waiting)
    else:
        root.foot = _tidy(waiting, last=True)


def _note(entry: Entry, before: list[str] | None = None, after: str = "") -> None:
    lines = _tidy(before or [])
    if not lines and not after:
        return
    notes = entry.holder.notes
    old = notes.get(entry.key, Note())  # type: ignore[arg-type]  # a list's notes are by number
    behind = f"{old.after} {after}".strip()
    notes[entry.key] = Note(old.before + lines, behind)  # type: ignore[index]  # likewise


def _tidy(lines: list[str], last: bool = False) -> tuple[str, ...]:
    """No two blank lines in a row, and none at the very end."""
    kept = [line for i, line in enumerate(lines) if line or i == 0 or lines[i - 1]]
    while last and kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _comments(source: str, spans: list[tuple[int, int]]) -> list[_Comment]:
    """Every comment and blank line outside the scalars, in the order of the text."""
    found: list[_Comment] = []
    start = 0
    for line in _masked(source, spans).split("\n"):
        sign = line.find("#")
        if sign >= 0:
            words = line[sign:].rstrip()
            found.append(_Comment(start + sign, words, not line[:sign].strip(_INDICATORS)))
        elif not line.strip():
            found.append(_Comment(start, "", True))
        start += len(line) + 1
    return found


def _masked(source: str, spans: list[tuple[int, int]]) -> str:
    """The text with every character of a scalar, line ends too, made an ``x``; same length."""
    parts: list[str] = []
    at = 0
    for start, end in spans:
        # A block's span runs on over the blank lines below it, which are nobody's text.
        end = max(start + len(source[start:end].rstrip(" \t\r\n")), at)
        start = max(start, at)
        parts += source[at:start], "x" * (end - start)
        at = end
    return "".join(parts) + source[at:]
