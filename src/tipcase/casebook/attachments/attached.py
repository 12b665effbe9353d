"""The items of ``attachments`` in a record: what they hold, and which of them are to be believed.

An item is believed when an ``attach`` entry that counts wrote its file together with a revision of
the record that it stands in. Nobody makes one by writing a record.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from tipcase.casebook import revision
from tipcase.casebook.attachments import content_type, sealed_file
from tipcase.casebook.case import Case
from tipcase.casebook.naming import is_device
from tipcase.casebook.wraps import CaseKeys
from tipcase.casebook.writing import NewFile
from tipcase.errors import FindingsError
from tipcase.journal.entry import Signed
from tipcase.keyring.person import Person

FIELD = "attachments"
PURPOSES = ("photo", "scan", "audio", "form", "other")
# What must stay as it was attached; the name and the purpose are a person's to change.
_FIXED = ("file", "type", "length", "sha256")
# Marks that make a name look other than it is: those that turn the direction of text.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NAME_LIMIT = 200
# What Windows does not let into a name.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
# Bytes of a name, its ending left out: systems take 255, and some count more than we do.
_FILE_NAME_LIMIT = 180
_FILE = re.compile(r"attachments/[a-z0-9]+\.age\Z")


def items(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The attachments that a record names, whatever else stands in their place left out."""
    found = data.get(FIELD)
    for item in found if isinstance(found, list) else ():
        if isinstance(item, dict) and "unknown" not in item:
            yield item


def vouched(case: Case, record: str) -> dict[str, Signed]:
    """The files that were attached to the record at a path, each with the entry that says so."""
    found: dict[str, Signed] = {}
    for signed in case.fold.entries:
        paths = [version.path for version in signed.entry.files]
        if signed.entry.op == "attach" and record in paths:
            for path in paths:
                if _FILE.match(path):
                    found.setdefault(path, signed)
    return found


def check(case: Case, record: str, data: Mapping[str, Any], person: Person) -> None:
    """Refuse new content of the record at a path that makes up an attachment, or changes one.

    Raises ``FindingsError``.
    """
    new = list(items(data))
    if not new:
        return
    before = case.read(record, person).data if record in case.fold.current else {}
    known = {str(item.get("id")): item for item in items(before)}
    entries = vouched(case, record)
    files = [str(item.get("file")) for item in new]
    for item, file in zip(new, files, strict=True):
        old = known.get(str(item.get("id")), item)
        changed = any(item.get(name) != old.get(name) for name in _FIXED)
        if changed or file not in entries or files.count(file) > 1:
            raise FindingsError(
                "an item of attachments is not one that was attached to this record",
                "a file is added with: tipcase attach CASE RECORD FILE; of an item, only name and "
                "purpose may be changed",
            )


def follow(
    case: Case, record: str, data: Mapping[str, Any], new: NewFile, person: Person
) -> dict[str, NewFile]:
    """The attachments of a record sealed anew where its new revision is sealed to others.

    What a record shows to fewer people, its photos must not show to more.
    """
    moved: dict[str, NewFile] = {}
    entries = vouched(case, record) if any(items(data)) else {}
    files = [path for item in items(data) if (path := str(item.get("file"))) in entries]
    files = [path for path in files if case.current(path).sealed_to != new.sealed_to]
    if files and new.sealed_to is not None:
        keys = CaseKeys(case.place, case.fold, person)
        sealed_to, recipients = revision.addressed(case, new.sealed_to)
        for path in files:
            moved[path] = sealed_file.resealed(case, path, keys, recipients, sealed_to)
    return moved


def as_name(text: str) -> str | None:
    """A file's name as data: one line, without marks that hide what it is; None where it is empty.

    It is never used as a path.
    """
    name = re.split(r"[/\\]", text.rstrip("/\\"))[-1]
    shown = (
        "_" if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _TURNING else c
        for c in name
    )
    return "".join(shown).strip()[:_NAME_LIMIT] or None


def as_file_name(item: Mapping[str, Any]) -> str:
    """A name for the file of an attachment that is safe on every system.

    Its ending follows from the content: what is called ``photo.exe`` and is a picture becomes
    ``photo.exe.jpg``.
    """
    endings = content_type.ENDINGS.get(str(item["type"]), (".bin",))
    name = _UNSAFE.sub("_", as_name(str(item.get("name") or "")) or "").strip(". ")
    if name.lower().endswith(endings):
        name = name[: name.rindex(".")].rstrip(". ")
        ending = next(e for e in endings if str(item["name"]).lower().endswith(e))
    else:
        ending = endings[0]
    while len(name.encode("utf-8")) > _FILE_NAME_LIMIT:
        name = name[:-1]
    if not name or is_device(name):
        name = f"attachment-{name or item['id']}"
    return name + ending
