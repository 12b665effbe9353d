"""One entry of a journal: its canonical JSON, its id, its line on disk.

A line is the entry's canonical JSON (ASCII, keys sorted, no spaces, no floats), a tab, and the
SSHSIG of exactly those bytes in base64, which must re-encode to itself. An entry is verified as
stored: JSON that is not canonical is refused, so one entry has one spelling and one id, the
SHA-256 of its JSON. docs/format.md describes every field.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tipcase import sshsig
from tipcase.errors import DamagedError
from tipcase.journal import pattern
from tipcase.journal.names import CASE_ID, HANDLE, PROVIDER, STAFF

NAMESPACE = "tipcase.journal.v1"
VERSION = 1
# A `new` entry of a large team on hybrid keys has some 10 KB; a longer line is not ours.
LINE_LIMIT = 1024 * 1024
# What every reader of JSON can hold exactly.
SEQ_LIMIT = 2**53

HASH = re.compile(r"[0-9a-f]{64}\Z")
DEVICE = re.compile(r"[a-z2-9]{8}\Z")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
# What a path inside a case (or the casebook, for staff) may look like: no dots first, no "..", no
# backslash, no colon, so that it is the same file on every system and never outside its folder.
PATH = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,80}/){0,6}[A-Za-z0-9_][A-Za-z0-9._-]{0,80}\Z")


def _no_floats(text: str) -> Any:
    raise ValueError("a journal holds no floats")


# Made once: `verify` and every cold read pass each line of a casebook through both.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
_DECODER = json.JSONDecoder(parse_float=_no_floats, parse_constant=_no_floats)


class EntryError(DamagedError):
    """A line of a journal that is not a well-formed entry."""


class UnknownEntryError(EntryError):
    """An entry of a later format: what it did cannot be judged, so its journal is not read."""


class FileVersion(NamedTuple):
    """One file that an entry writes: where, its hash, what it replaces, who it is sealed to."""

    path: str
    sha256: str
    previous: tuple[str, ...] = ()
    sealed_to: str | tuple[str, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        """The plain data of it, as an entry holds it."""
        named = list(self.sealed_to) if isinstance(self.sealed_to, tuple) else self.sealed_to
        return {
            "path": self.path,
            "previous": sorted(self.previous),
            "sealed_to": named,
            "sha256": self.sha256,
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """One signed act: who did what to a case (or to the staff), after having seen what."""

    casebook: str | None
    case: str
    op: str
    device: str
    seq: int
    prev: str | None
    parents: tuple[str, ...]
    staff: tuple[str, ...]
    time: str
    signer: str
    files: tuple[FileVersion, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The canonical JSON of the entry."""
        return canonical(
            {
                "v": VERSION,
                "casebook": self.casebook,
                "case": self.case,
                "op": self.op,
                "device": self.device,
                "seq": self.seq,
                "prev": self.prev,
                "parents": sorted(self.parents),
                "staff": sorted(self.staff),
                "time": self.time,
                "signer": self.signer,
                "files": [version.as_json() for version in self.files],
                "data": self.data,
            }
        )


class Signed(NamedTuple):
    """An entry as it stands in a journal: its id, its exact bytes and its signature."""

    id: str
    entry: Entry
    payload: bytes
    signature: bytes

    @property
    def line(self) -> bytes:
        """The line of the journal, its end included."""
        return self.payload + b"\t" + base64.b64encode(self.signature) + b"\n"


def canonical(value: Any) -> bytes:
    """ASCII JSON with sorted keys, no spaces and no floats (``ValueError`` on a float)."""
    _refuse_floats(value)
    return _ENCODER.encode(value).encode("ascii")


def sign(entry: Entry, signer: Any) -> Signed:
    """The entry signed by a ``sshsig.SigningKey``."""
    payload = entry.encode()
    return Signed(entry_id(payload), entry, payload, signer.sign(NAMESPACE, payload))


def entry_id(payload: bytes) -> str:
    """The id of an entry: the SHA-256 of its JSON in hex."""
    return hashlib.sha256(payload).hexdigest()


def parse_line(line: bytes, *, known: bool = False) -> Signed:
    """The entry of one line without its end; ``EntryError`` when anything about it is not ours.

    The signature is not checked here: whose key it must be is for the roster to say. ``known``
    spares the look at how it is spelled: these very bytes were looked at before.
    """
    if len(line) > LINE_LIMIT:
        raise EntryError("a line of the journal is too long to be an entry")
    payload, tab, encoded = line.partition(b"\t")
    if not tab:
        raise EntryError("a line of the journal has no signature")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise EntryError("a signature in the journal is not base64") from None
    if not known and base64.b64encode(signature) != encoded:
        raise EntryError("a signature in the journal is not in its one spelling")
    # A line torn inside its signature can still be good base64.
    if len(signature) != sshsig.size(NAMESPACE):
        raise EntryError("a signature in the journal is not whole")
    return Signed(entry_id(payload), _parse(payload, known=known), payload, signature)


def _parse(payload: bytes, *, known: bool = False) -> Entry:
    try:
        text = payload.decode("ascii")
        entry = _quickly(text, known=known)
        if entry is not None:
            return entry
        value = _DECODER.decode(text)
        # The decoder has met no float, so what it gave need not be searched for one again.
        if _ENCODER.encode(value) != text:
            raise EntryError("an entry of the journal is not canonical JSON")
    except (ValueError, RecursionError):
        raise EntryError("an entry of the journal is not canonical JSON") from None
    return _shape(value)


def _quickly(text: str, *, known: bool = False) -> Entry | None:
    """The entry that the pattern takes; None where the plain way has to look."""
    found = pattern.fields(text)
    if found is None:
        return None
    case, casebook, data, device, listed, op, parents, prev, seq, signer, staff, time = found
    value: dict[str, Any] = {}
    if data != "{}":
        value = _DECODER.decode(data)
        if not known and _ENCODER.encode(value) != data:
            return None
    files = tuple(map(_written_file, pattern.files(listed))) if listed else ()
    lists = [_split(parents), _split(staff), *[file.previous for file in files]]
    if len(files) > 1 and len({file.path for file in files}) != len(files):
        return None
    for hashes in lists:
        if len(hashes) > 1 and list(hashes) != sorted(set(hashes)):
            return None
    return Entry(
        _unquoted(casebook), case, op, device, int(seq), _unquoted(prev), lists[0], lists[1],
        time, signer, files, value,
    )  # fmt: skip


def _unquoted(text: str) -> str | None:
    return None if text == "null" else text[1:-1]


def _written_file(fields: tuple[str, ...]) -> FileVersion:
    path, previous, sealed, digest = fields
    return FileVersion(path, digest[1:-1], _split(previous), _unquoted(sealed))


def _split(hashes: str) -> tuple[str, ...]:
    return tuple(hashes[1:-1].split('","')) if hashes else ()


_KEYS = frozenset(
    [
        "v", "casebook", "case", "op", "device", "seq", "prev", "parents", "staff", "time",
        "signer", "files", "data",
    ]
)  # fmt: skip


def _shape(value: Any) -> Entry:
    """Check every field of an entry but the data of its op, which ``ops`` knows."""
    if not isinstance(value, dict):
        raise EntryError("an entry of the journal is not a mapping")
    if value.get("v") != VERSION or isinstance(value.get("v"), bool):
        raise UnknownEntryError("an entry is of a version that this tipcase does not know")
    if set(value) != _KEYS:
        raise EntryError("an entry of the journal has not the fields of format 1")
    good = (
        (value["casebook"] is None or _matches(HASH, value["casebook"]))
        and (value["case"] in (STAFF, PROVIDER) or _matches(CASE_ID, value["case"]))
        and isinstance(value["op"], str)
        and _matches(DEVICE, value["device"])
        and type(value["seq"]) is int
        and 1 <= value["seq"] < SEQ_LIMIT
        and (value["prev"] is None or _matches(HASH, value["prev"]))
        and _hashes(value["parents"])
        and _hashes(value["staff"])
        and _matches(TIME, value["time"])
        and _matches(HANDLE, value["signer"])
        and isinstance(value["files"], list)
        and isinstance(value["data"], dict)
    )
    if not good:
        raise EntryError("an entry of the journal has a field of the wrong form")
    files = tuple(_file(item) for item in value["files"])
    if len({item.path for item in files}) != len(files):
        raise EntryError("an entry of the journal names a file twice")
    return Entry(
        casebook=value["casebook"],
        case=value["case"],
        op=value["op"],
        device=value["device"],
        seq=value["seq"],
        prev=value["prev"],
        parents=tuple(value["parents"]),
        staff=tuple(value["staff"]),
        time=value["time"],
        signer=value["signer"],
        files=files,
        data=value["data"],
    )


def _file(value: Any) -> FileVersion:
    good = (
        isinstance(value, dict)
        and set(value) == {"path", "previous", "sealed_to", "sha256"}
        and _matches(PATH, value["path"])
        and _matches(HASH, value["sha256"])
        and _hashes(value["previous"])
        and _sealed(value["sealed_to"])
    )
    if not good:
        raise EntryError("an entry of the journal names a file in the wrong form")
    sealed = value["sealed_to"]
    return FileVersion(
        value["path"],
        value["sha256"],
        tuple(value["previous"]),
        tuple(sealed) if isinstance(sealed, list) else sealed,
    )


def _sealed(value: Any) -> bool:
    if value is None or value in ("ordinary", "restricted"):
        return True
    return isinstance(value, list) and bool(value) and all(_matches(HANDLE, v) for v in value)


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.match(value) is not None


def _hashes(value: Any) -> bool:
    """Whether a value is a list of hashes in order, each once."""
    if not isinstance(value, list):
        return False
    for item in value:
        if not isinstance(item, str) or HASH.match(item) is None:
            return False
    return len(value) < 2 or value == sorted(set(value))


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise ValueError("a journal holds no floats")
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_floats(item)
