"""Every text of an edition with its place: which lack Khmer, and whose Khmer no source attests.

A text is ``{en, km, km_source?}``, or plain English where a label, a message or a heading may
stand. Khmer without ``km_source`` is our own, or an office's, and awaits a Khmer reader's review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tipcase.law.edition import Edition
from tipcase.law.merging import called

Steps = tuple[str | int, ...]
Found = tuple[Steps, str | Mapping[str, Any]]
LANGUAGES = ("en", "km")
_TEXT_KEYS = frozenset(
    {
        "label", "x-tipcase-label", "x-tipcase-help", "heading", "title", "message", "hint", "say",
        "write", "reason",
    }
)  # fmt: skip
# Of a record type's file, ``title`` is JSON Schema's own and never shown; examples are records.
_NOT_TEXTS = frozenset({"examples", "enum", "const", "required"})


@dataclass(frozen=True)
class Wording:
    """One text: its file, the steps to it, its English, its Khmer and who attests that."""

    file: Path
    steps: tuple[str | int, ...]
    en: str
    km: str
    source: str

    @property
    def place(self) -> str:
        """The dotted place in the file."""
        return ".".join(map(str, self.steps))


def wordings(edition: Edition) -> tuple[Wording, ...]:
    """Every text of the edition in force, in the order of its files."""
    return tuple(
        wording for name in edition.source.all_names() for wording in of_file(edition, name)
    )


def untranslated(edition: Edition) -> tuple[Wording, ...]:
    """Those without Khmer; none in an edition whose languages are others."""
    if "km" not in edition.languages:
        return ()
    return tuple(one for one in wordings(edition) if not one.km)


def unreviewed(edition: Edition) -> tuple[Wording, ...]:
    """Those whose Khmer no source attests."""
    return tuple(one for one in wordings(edition) if one.km and not one.source)


def of_file(edition: Edition, name: str) -> tuple[Wording, ...]:
    """Every text of one file of the edition, such as ``records/note.yaml``."""
    return tuple(_of_file(edition, name))


def _of_file(edition: Edition, name: str) -> Iterator[Wording]:
    files = edition.source.files(name)
    # A later folder wins: where the same text stands there, that is where it is put right.
    home = {
        steps: path for path in files for steps, _ in _texts(edition.source.content(path), name)
    }
    for steps, text in _texts(edition.source.read(name), name):
        if isinstance(text, str):
            text = {"en": text}
        yield Wording(
            file=home.get(steps, files[-1]),
            steps=steps,
            en=str(text.get("en", "")),
            km=str(text.get("km") or ""),
            source=str(text.get("km_source") or ""),
        )


def _texts(content: Any, name: str) -> Iterator[Found]:
    of_schema = name.startswith(("records/", "provider/")) or name == "common.yaml"
    return _walk(content, (), _NOT_TEXTS | {"title"} if of_schema else _NOT_TEXTS)


def _walk(node: Any, steps: Steps, skipped: frozenset[str]) -> Iterator[Found]:
    if isinstance(node, list):
        for at, item in enumerate(node):
            yield from _walk(item, (*steps, called(item, at)), skipped)
    elif isinstance(node, dict) and any(isinstance(node.get(lang), str) for lang in LANGUAGES):
        yield steps, node
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "x-tipcase-values" and isinstance(value, dict):
                yield from _labels(value, (*steps, key), skipped)
            elif key in _TEXT_KEYS and key not in skipped and isinstance(value, str) and value:
                yield (*steps, key), value
            elif key not in skipped:
                yield from _walk(value, (*steps, str(key)), skipped)


def _labels(labels: Mapping[str, Any], steps: Steps, skipped: frozenset[str]) -> Iterator[Found]:
    for value, label in labels.items():
        if isinstance(label, str):
            yield (*steps, str(value)), label
        else:
            yield from _walk(label, (*steps, str(value)), skipped)
