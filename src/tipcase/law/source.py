"""The files of an edition: found in folders, read, merged, and located when one is wrong.

An edition is read from several folders; a later one (a casebook's own ``schemas/``) is laid over
the one below (``merging``). Within one folder a file may be a folder too: ``rules.yaml`` and every
``rules/*.yaml`` are read as one. An edition is nobody's personal data, so its faults may be shown.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tipcase.errors import DamagedError
from tipcase.law.merging import ENTRY_KEYS, mapping, merged, text_list

if TYPE_CHECKING:
    from tipcase.documents import Document

# The files of an edition beside those of record types; each may be a folder of its stem too.
PARTS = (
    "edition.yaml", "stages.yaml", "common.yaml", "rules.yaml", "closure.yaml", "forms.yaml",
    "due.yaml", "provisions.yaml", "facts.yaml", "export.yaml", "htcds.yaml",
)  # fmt: skip
# A case's record types, those of the provider itself, and the reports: a file for each.
FOLDERS = ("records", "provider", "reports")
# All files of an edition, and an office's own over some.
_CACHED_FILES = 128
# Far above any real edition (profile.yaml is the largest); keeps a planted file from eating memory.
FILE_SIZE_LIMIT = 2 * 1024 * 1024


# An edition's files stand in its folder or in one below.
_DEPTHS = ("*", "*/*")
# Files of records are read back by this form, and expressions name types by it.
_TYPE = re.compile(r"[a-z]+(?:-[a-z]+)*")
_LONGEST = 60
_KEPT_NAMES = {
    "case", "provider", "states", "this", "today",
    "aux", "con", "nul", "prn",  # what Windows keeps for devices
    *keyword.kwlist,
}  # fmt: skip
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,40}")
# The header of a record, and what an honest unknown is written with.
_KEPT_FIELDS = {"tipcase", "unknown"}


class EditionError(DamagedError):
    """An edition says something that cannot be right; ``file``, ``line`` and ``column`` say where.

    ``line`` and ``column`` count from 1 and are 0 where the place is not known.
    """

    def __init__(
        self,
        sentence: str,
        hint: str = "",
        *,
        file: Path | None = None,
        line: int = 0,
        column: int = 0,
    ) -> None:
        place = "" if file is None else f"{file.parent.name}/{file.name}"
        if place and line:
            place += f" line {line} column {column}" if column else f" line {line}"
        super().__init__(f"{place}: {sentence}" if place else sentence, hint)
        self.file, self.line, self.column = file, line, column


def parse(data: bytes, file: Path) -> dict[str, Any]:
    """One YAML file of an edition as plain data."""
    try:
        return _plain(data)
    except DamagedError:
        # The fast reader does not know where; the careful one does, and is only asked now.
        read_carefully(data, file)
        raise EditionError("is not plain YAML with a mapping at its top", file=file) from None


def read_carefully(data: bytes, file: Path) -> None:
    """Find what the fast reader passes over, such as a key that stands twice."""
    from tipcase import documents

    try:
        _careful(data)
    except documents.DocumentError as error:
        place = f"line {error.line}, column {error.column}: "
        raise EditionError(
            error.sentence.removeprefix(place),
            error.hint,
            file=file,
            line=error.line,
            column=error.column,
        ) from None


# Whoever looks at an office's edition reads the shipped one twice, and nobody changes either.
@lru_cache(maxsize=_CACHED_FILES)
def _plain(data: bytes) -> dict[str, Any]:
    from tipcase import documents

    return documents.load(data)


@lru_cache(maxsize=_CACHED_FILES)
def _careful(data: bytes) -> Document:
    from tipcase import documents

    return documents.read(data)


def _parts(folder: Path, name: str) -> list[Path]:
    """The files of one folder that hold ``name``: itself, and those of a folder of its stem.

    A record type is one file.
    """
    path = folder / name
    more = () if "/" in name else sorted(path.with_suffix("").glob("*.yaml"))
    return [p for p in (path, *more) if p.is_file()]


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two parts of one file: lists one after the other, so that an id that stands twice is met."""
    both = dict(one)
    for key, value in other.items():
        if isinstance(value, list) and isinstance(both.get(key), list):
            both[key] = both[key] + value
        else:
            both[key] = merged(both[key], value) if key in both else value
    return both


@dataclass(frozen=True)
class Source:
    """The folders of one edition, the shipped one first."""

    folders: tuple[Path, ...]

    @cached_property
    def _read(self) -> dict[Path, dict[str, Any]]:
        return {}

    @classmethod
    def of(cls, folders: Sequence[Path] | Path) -> Source:
        """Take one folder or several; the first must exist."""
        paths = (folders,) if isinstance(folders, Path) else tuple(Path(p) for p in folders)
        if not paths or not paths[0].is_dir():
            raise EditionError("there is no such edition", "see the folder schemas/ for editions")
        return cls(paths)

    def files(self, name: str) -> list[Path]:
        """Where ``name`` stands, in the order of winning."""
        return [path for folder in self.folders for path in _parts(folder, name)]

    def read(self, name: str) -> dict[str, Any]:
        """The merged content of ``name``; ``{}`` when no folder has it."""
        content: dict[str, Any] = {}
        for folder in self.folders:
            whole: dict[str, Any] = {}
            for path in _parts(folder, name):
                whole = _joined(whole, self.content(path))
            content = merged(content, whole)
        return content

    def content(self, path: Path) -> dict[str, Any]:
        """What one file says, without any other."""
        # Read once: several parts ask for one file, and nobody changes what they are given.
        if path not in self._read:
            data = path.read_bytes()
            if len(data) > FILE_SIZE_LIMIT:
                raise EditionError("is too large for an edition", file=path)
            self._read[path] = parse(data, path)
        return self._read[path]

    def own_files(self) -> list[Path]:
        """The files of the last folder: a casebook's own, or else the shipped ones."""
        # No deeper: a folder named by a slip (a home, a whole disk) is not walked through.
        found = [path for depth in _DEPTHS for path in self.folders[-1].glob(f"{depth}.yaml")]
        return sorted(path for path in found if path.is_file())

    def names(self, kind: str) -> tuple[str, ...]:
        """The files of the folder ``kind`` (records, provider) without ending, in their order."""
        found = [path for folder in self.folders for path in (folder / kind).glob("*.yaml")]
        return tuple(sorted({path.stem for path in found if path.is_file()}))

    def all_names(self) -> Iterator[str]:
        """Every file that an edition of these folders has or could have, as ``read`` takes it."""
        yield from PARTS
        for folder in FOLDERS:
            yield from (f"{folder}/{name}.yaml" for name in self.names(folder))

    def type_names(self, kind: str) -> tuple[str, ...]:
        """The names in a folder; refused where no record of that name could be kept or named."""
        names = self.names(kind)
        for name in names:
            if _TYPE.fullmatch(name) is None or len(name) > _LONGEST or name in _KEPT_NAMES:
                raise self.error(
                    f"{kind}/{name}.yaml",
                    "no record type can be named as this file is",
                    hint="use small letters, with single dashes between words: home-visit",
                )
        return names

    def error(
        self,
        name: str,
        sentence: str,
        *,
        hint: str = "",
        near: Sequence[str] = (),
        offset: tuple[int, int] = (1, 0),
    ) -> EditionError:
        """An error about the file ``name``, located by the words that lead to it.

        ``near`` is looked for one after the other, downwards; ``offset`` is a line (from 1) and
        column (from 0) within the last of them. This runs only when an edition is wrong, so the
        fast reader need not keep positions.
        """
        for path in reversed(self.files(name)):
            place = _find(path.read_text("utf-8", "replace"), near)
            if place is not None:
                line, column = place
                column = column + offset[1] if offset[0] == 1 else offset[1] + 1
                line += offset[0] - 1
                return EditionError(sentence, hint, file=path, line=line, column=column)
        path = next(reversed(self.files(name)), self.folders[0] / name)
        return EditionError(sentence, hint, file=path)

    def place(self, name: str, steps: Sequence[str | int]) -> tuple[Path, int, int]:
        """File, line and column of what ``steps`` lead to in ``name``.

        A step is a key, or the ``id``, ``name`` or ``code`` of a list's entry, or a text in a list.
        The last folder that has all of it counts; else the one that has the most.
        """
        best = (-1, next(iter(self.files(name)), self.folders[0] / name), 0, 0)
        for path in self.files(name):
            document = self._document(path)
            if document is None:
                continue
            taken: list[str | int] = []
            node: Any = document.tree
            for step in steps:
                found = _step_in(node, step)
                if found is None:
                    break
                taken.append(found)
                node = node[found]
            if len(taken) >= best[0]:
                best = (len(taken), path, *document.place(taken))
        return best[1:]

    def error_at(
        self, name: str, steps: Sequence[str | int], sentence: str, hint: str = ""
    ) -> EditionError:
        """An error about what ``steps`` lead to in ``name``, located as ``place`` does."""
        file, line, column = self.place(name, steps)
        return EditionError(sentence, hint, file=file, line=line, column=column)

    @cached_property
    def _documents(self) -> dict[Path, Document | None]:
        return {}

    def _document(self, path: Path) -> Document | None:
        """What the careful reader makes of a file: it knows where everything stands."""
        from tipcase import documents

        if path not in self._documents:
            try:
                self._documents[path] = _careful(path.read_bytes())
            except documents.DocumentError:
                self._documents[path] = None
        return self._documents[path]


def _step_in(node: Any, step: str | int) -> str | int | None:
    """How a node of a document calls ``step``: its own key, or the place of an entry so named."""
    if isinstance(node, dict):
        return step if step in node else None
    if not isinstance(node, list):
        return None
    if isinstance(step, int):
        return step if 0 <= step < len(node) else None
    for place, item in enumerate(node):
        if isinstance(item, dict) and step in [item.get(key) for key in ENTRY_KEYS]:
            return place
    return next((place for place, item in enumerate(node) if item == step), None)


def _find(text: str, near: Iterable[str]) -> tuple[int, int] | None:
    position = -1
    for words in near:
        # A folded scalar breaks its words over lines: any white space stands for a space.
        pattern = r"\s+".join(re.escape(word) for word in words.split())
        found = re.compile(pattern).search(text, max(position, 0))
        if found is None:
            return None
        position = found.start()
    if position < 0:
        return None
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def misdescribed(node: Any, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where the description of a field is not one, such as one that was left empty."""
    if not isinstance(node, dict):
        return
    about = mapping(node.get("x-tipcase-record"))
    for where, key in ((about, "repeats"), (about, "restricted"), (node, "x-tipcase-restricted")):
        if not isinstance(where.get(key, False), bool):
            yield steps, f"says neither true nor false for {key}"
    values = node.get("enum", [])
    if not isinstance(values, list) or any(isinstance(value, dict | list) for value in values):
        yield (*steps, "enum"), "is no list of plain values"
    if not isinstance(node.get("properties", {}), dict):
        yield (*steps, "properties"), "is no mapping of fields"
    for key, child in mapping(node.get("properties")).items():
        inside = (*steps, "properties", str(key))
        # What stood in a field that cannot be named, or in the header's place, would be lost.
        if _FIELD.fullmatch(str(key)) is None or key in _KEPT_FIELDS:
            yield inside, "is no name for a field: small letters, digits and _"
        elif isinstance(child, dict):
            yield from misdescribed(child, inside)
        else:
            yield inside, "is no mapping: a field is described by one"
    yield from misdescribed(node.get("items"), (*steps, "items"))


__all__ = [
    "FOLDERS",
    "PARTS",
    "EditionError",
    "Source",
    "mapping",
    "merged",
    "misdescribed",
    "parse",
    "read_carefully",
    "text_list",
]
