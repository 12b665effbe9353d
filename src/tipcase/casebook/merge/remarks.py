"""The comments of a joined record: what people wrote behind a ``#`` on any side stays.

A comment that one side took away or worded anew goes with that side; where two sides wrote at the
same place, both are kept. Comments are never worth a record's data: what cannot be placed is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tipcase import documents


def keep(data: Mapping[str, Any], base: Any, sides: Sequence[Any]) -> documents.Mapping:
    """The joined data as a document with the comments of its sides.

    ``base`` and ``sides`` are documents as ``documents.read`` gives them.
    """
    made: documents.Mapping = _document(data)
    laid = [documents.keep_comments(dict(data), tree) for tree in (base, *sides)]
    _place(made, laid[0], laid[1:])
    made.foot = _lines(base.foot, [side.foot for side in sides])
    return made


def _document(value: Any) -> Any:
    if isinstance(value, dict):
        return documents.Mapping((key, _document(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return documents.Sequence(_document(inner) for inner in value)
    return value


def _place(node: Any, base: Any, sides: Sequence[Any]) -> None:
    keys = list(node) if isinstance(node, dict) else range(len(node))
    for key in keys:
        before = _note(base, key)
        theirs = [_note(side, key) for side in sides]
        note = documents.Note(
            _lines(before.before, [one.before for one in theirs]),
            "  ".join(_lines(_behind(before), [_behind(one) for one in theirs])),
        )
        if note != documents.Note():
            node.notes[key] = note
        if isinstance(node[key], dict | list):
            _place(node[key], _below(base, key), [_below(side, key) for side in sides])


def _note(node: Any, key: Any) -> documents.Note:
    found: documents.Note = getattr(node, "notes", {}).get(key, documents.Note())
    return found


def _behind(note: documents.Note) -> tuple[str, ...]:
    return (note.after,) if note.after else ()


def _below(node: Any, key: Any) -> Any:
    # Laid over the same data, so the same places are there; without comments they are plain.
    return node[key]


def _lines(base: tuple[str, ...], sides: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Lines of comment joined: as one side changed them, or those of all sides."""
    changed = list(dict.fromkeys(lines for lines in sides if lines != base))
    if len(changed) < 2:
        return changed[0] if changed else base
    gone = {line for line in base if any(line not in lines for lines in changed)}
    return tuple(dict.fromkeys(line for lines in changed for line in lines if line not in gone))
