"""What a document holds in memory: texts, mappings and lists that remember how they were written.

Nothing here is resolved: a text stays the text that was written, and the law decides by its
schema whether ``12`` is a number. The representations never show content, because a record's
value must not reach a log or a traceback.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tipcase.errors import FindingsError

_SAFE_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")

Path = tuple[str | int, ...]


class DocumentError(FindingsError):
    """A text that is not a document of ours; ``line`` and ``column`` count from 1, 0 is nowhere."""

    def __init__(self, sentence: str, line: int = 0, column: int = 0, hint: str = "") -> None:
        where = f"line {line}, column {column}: " if line else ""
        super().__init__(where + sentence, hint)
        self.line = line
        self.column = column


class Scalar(str):
    """A text as it was written; ``plain`` is true when it stood without quotes or a block."""

    __slots__ = ("plain",)

    plain: bool

    def __new__(cls, text: str, plain: bool = True) -> Scalar:
        """Make one of a text; what comes from elsewhere than a file counts as plain."""
        made = super().__new__(cls, text)
        made.plain = plain
        return made

    def __getnewargs__(self) -> tuple[str]:
        return (str(self),)


class Note(NamedTuple):
    """The comments of one entry: whole lines before it (empty for a blank one), one behind it."""

    before: tuple[str, ...] = ()
    after: str = ""


class Mapping(dict[str, Any]):
    """A mapping with its comments and the line and column, from 1, of each of its keys."""

    def __init__(self, items: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(items)
        self.notes: dict[str, Note] = {}
        self.places: dict[str, tuple[int, int]] = {}
        self.foot: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Mapping of {len(self)}>"


class Sequence(list[Any]):
    """A list with its comments and the line and column, from 1, of each of its items."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__(items)
        self.notes: dict[int, Note] = {}
        self.places: dict[int, tuple[int, int]] = {}

    def __repr__(self) -> str:
        return f"<Sequence of {len(self)}>"


def kept(items: Iterable[Any], keep: Callable[[int, Any], bool]) -> Sequence:
    """The items that ``keep`` (given position and item) lets stay, each with its comments."""
    found, notes = Sequence(), getattr(items, "notes", {})
    for position, item in enumerate(items):
        if keep(position, item):
            if position in notes:
                found.notes[len(found)] = notes[position]
            found.append(item)
    return found


class Document(NamedTuple):
    """One document that was read: its top mapping, with every scalar as text."""

    tree: Mapping

    def place(self, path: Iterable[str | int]) -> tuple[int, int]:
        """Line and column, from 1, of a path, or of the nearest thing above it that is there."""
        node: Any = self.tree
        found = (1, 1)
        for step in path:
            if not isinstance(node, Mapping | Sequence) or step not in node.places:
                break
            found = node.places[step]  # type: ignore[index]  # a list's places are by number
            node = node[step]  # type: ignore[index]  # likewise
        return found

    def __repr__(self) -> str:
        return f"<Document of {len(self.tree)}>"


def plain(tree: Any) -> Any:
    """A copy made of nothing but ``dict``, ``list``, ``str`` and the other builtin scalars."""
    if isinstance(tree, dict):
        return {str(key): plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [plain(item) for item in tree]
    return str(tree) if isinstance(tree, str) else tree


def keep_comments(values: dict[str, Any], source: Mapping) -> Mapping:
    """The same values, in their own order, with the comments that ``source`` has at each place.

    Items of a list are matched by their ``id``, else by their position. ``source`` is usually the
    tree that a person wrote and ``values`` what the law made of it.
    """
    made = Mapping((name, _laid_over(value, source.get(name))) for name, value in values.items())
    made.notes = {name: source.notes[name] for name in values if name in source.notes}
    made.foot = source.foot
    return made


def _laid_over(value: Any, like: Any) -> Any:
    if isinstance(value, dict) and isinstance(like, Mapping):
        return keep_comments(value, like)
    if isinstance(value, list) and isinstance(like, Sequence):
        return _list_laid_over(value, like)
    return value


def _list_laid_over(values: list[Any], source: Sequence) -> Sequence:
    by_id = {item["id"]: at for at, item in enumerate(source) if _has_id(item)}
    made = Sequence()
    for position, value in enumerate(values):
        at = by_id.get(value["id"], -1) if _has_id(value) and by_id else position
        found = 0 <= at < len(source)
        made.append(_laid_over(value, source[at] if found else None))
        if found and at in source.notes:
            made.notes[position] = source.notes[at]
    return made


def _has_id(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), str)


def spelled(path: Iterable[str | int]) -> str:
    """A path for a message; a name that is not surely a field's name shows as ``…``."""
    return ".".join(
        str(step) if isinstance(step, int) or _SAFE_NAME.fullmatch(step) else "…" for step in path
    )
