"""A record as it stands on disk and as it stands in memory: two types, so each can change alone.

The plaintext is YAML with the header ``tipcase`` first, ends with ``...`` and is padded with
newlines, so that its length tells little. A record whose header names another case is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tipcase import age, documents
from tipcase.casebook.merge import conflicts
from tipcase.casebook.merge.conflicts import Conflict
from tipcase.errors import DamagedError

FORMAT = 1
_HEAD = frozenset({"format", "edition", "case", "record", "revision", "conflicts"})
HEADER = "tipcase"


class Header(NamedTuple):
    """What a record says of itself: its case, its id of 128 bits, its revision, its conflicts."""

    edition: str
    case: str
    record: str
    revision: int
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True)
class Content:
    """A record in memory. ``text`` is its YAML without the header, as an editor shows it."""

    header: Header
    data: dict[str, Any] = field(repr=False)


def encode(header: Header, data: Mapping[str, Any]) -> bytes:
    """The padded plaintext of a record. ``data`` may be a document with comments to keep."""
    head = {
        "format": FORMAT,
        "edition": header.edition,
        "case": header.case,
        "record": header.record,
        "revision": header.revision,
        "conflicts": conflicts.written(header.conflicts),
    }
    return documents.pad(documents.dump({HEADER: head}) + (documents.dump(data) if data else ""))


def decode(plaintext: bytes, case: str) -> Content:
    """The record of a plaintext; ``DamagedError`` when it belongs elsewhere or is no record."""
    documents.check_padding(plaintext)
    value = documents.load(plaintext)
    head = value.pop(HEADER, None)
    try:
        header = Header(
            edition=head["edition"],
            case=head["case"],
            record=head["record"],
            revision=head["revision"],
            conflicts=conflicts.read(head["conflicts"]),
        )
        known = head["format"] == FORMAT
    except (KeyError, TypeError):
        raise DamagedError("a record has no header of format 1") from None
    good = known and type(header.revision) is int and header.revision >= 1
    texts = (header.edition, header.case, header.record)
    if not good or set(head) != _HEAD or any(type(text) is not str for text in texts):
        raise DamagedError("a record has no header of format 1")
    if header.case != case:
        raise DamagedError(
            "a record belongs to another case", "run tipcase verify; put the file back where it was"
        )
    return Content(header, value)


def seal(plaintext: bytes, *recipients: str) -> bytes:
    """The plaintext encrypted to recipients: one of a case, or those of the people named."""
    return age.encrypt(plaintext, [age.parse_recipient(recipient) for recipient in recipients])


def body(plaintext: bytes) -> str:
    """The YAML of a record without header, end mark and padding: what a person edits."""
    text = plaintext.decode("utf-8").rstrip("\n").removesuffix("...").rstrip("\n") + "\n"
    lines = text.split("\n")
    end = next(
        (n for n, line in enumerate(lines) if n and line and not line.startswith((" ", "-", "\t"))),
        len(lines),
    )
    return "\n".join(lines[end:])
