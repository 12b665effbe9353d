"""The files of an edition: found in folders, read, merged, and located when one is wrong.

An edition is read from several folders; a later one (a casebook's own ``schemas/``) wins field by
field. Mappings merge by key, lists of entries with an ``id``, ``name`` or ``code`` merge by it, all
other lists and values replace. An edition is nobody's personal data, so its faults may be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tipcase.errors import DamagedError

# Far above any real edition (profile.yaml is the largest); keeps a planted file from eating memory.
FILE_SIZE_LIMIT = 2 * 1024 * 1024
_ENTRY_KEYS = ("id", "name", "code")


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
    from tipcase import documents

    try:
        return documents.load(data)
    except DamagedError:
        # The fast reader does not know where; the careful one does, and is only asked now.
        read_carefully(data, file)
        raise EditionError("is not plain YAML with a mapping at its top", file=file) from None


def read_carefully(data: bytes, file: Path) -> None:
    """Find what the fast reader passes over, such as a key that stands twice."""
    from tipcase import documents

    try:
        documents.read(data)
    except documents.DocumentError as error:
        place = f"line {error.line}, column {error.column}: "
        raise EditionError(
            error.sentence.removeprefix(place),
            error.hint,
            file=file,
            line=error.line,
            column=error.column,
        ) from None


def _entry_key(items: list[Any]) -> str | None:
    for key in _ENTRY_KEYS:
        if items and all(isinstance(item, dict) and key in item for item in items):
            return key
    return None


def _merged_list(base: list[Any], over: list[Any]) -> list[Any]:
    key = _entry_key([*base, *over])
    if key is None:
        return over
    by_key = {item[key]: item for item in base}
    for item in over:
        known = by_key.get(item[key])
        by_key[item[key]] = item if known is None else merged(known, item)
    return list(by_key.values())


def merged(base: Any, over: Any) -> Any:
    """``over`` laid upon ``base``; neither is changed."""
    if isinstance(base, dict) and isinstance(over, dict):
        both = dict(base)
        for key, value in over.items():
            both[key] = merged(base[key], value) if key in base else value
        return both
    if isinstance(base, list) and isinstance(over, list):
        return _merged_list(base, over)
    return over


@dataclass(frozen=True)
class Source:
    """The folders of one edition, the shipped one first."""

    folders: tuple[Path, ...]

    @classmethod
    def of(cls, folders: Sequence[Path] | Path) -> Source:
        """Take one folder or several; the first must exist."""
        paths = (folders,) if isinstance(folders, Path) else tuple(Path(p) for p in folders)
        if not paths or not paths[0].is_dir():
            raise EditionError("there is no such edition", "see the folder schemas/ for editions")
        return cls(paths)

    def files(self, name: str) -> list[Path]:
        """Where ``name`` stands, in the order of winning."""
        return [path for folder in self.folders if (path := folder / name).is_file()]

    def read(self, name: str) -> dict[str, Any]:
        """The merged content of ``name``; ``{}`` when no folder has it."""
        content: dict[str, Any] = {}
        for path in self.files(name):
            data = path.read_bytes()
            if len(data) > FILE_SIZE_LIMIT:
                raise EditionError("is too large for an edition", file=path)
            content = merged(content, parse(data, path))
        return content

    def own_files(self) -> list[Path]:
        """The files of the last folder: a casebook's own, or else the shipped ones."""
        return sorted(self.folders[-1].rglob("*.yaml"))

    def record_names(self) -> tuple[str, ...]:
        """The record types with a file, in alphabetical order."""
        names = {path.stem for f in self.folders for path in (f / "records").glob("*.yaml")}
        return tuple(sorted(names))

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
        path = next(iter(self.files(name)), self.folders[0] / name)
        return EditionError(sentence, hint, file=path)


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


def text_list(value: object) -> tuple[str, ...]:
    """A list of texts out of an edition; one text is a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}
