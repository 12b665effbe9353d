"""Names on disk: case ids, tags, file names of records. None of them says anything of a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from tipcase.errors import DamagedError, UsageError
from tipcase.journal.names import CASE_ID, HANDLE, RECOVERY

_CASE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TAG_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_TAG_LENGTH = 8
# A tag holds a digit, so that it is never taken for the last word of a record type's name.
_TAG = r"(?=[a-z]*[2-9])[a-z2-9]{8}"
TAG = re.compile(_TAG + r"\Z")
_FILE = re.compile(rf"(?:\d\d-)?([a-z]+(?:-[a-z]+)*)(?:-({_TAG}))?\.yaml\.age\Z")
# Names that Windows keeps for devices: a journal of that name could not be checked out there.
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{p}{n}" for p in ("com", "lpt") for n in range(10)}
_RESERVED = _DEVICES | {RECOVERY, "staff", "provider"}

RECORD_SUFFIX = ".yaml.age"
# The folder of a case that holds its wraps, in a folder for each generation.
KEYS = "keys"


def is_device(path: str) -> bool:
    """Whether Windows could not make a file of this path, or would make another one of it."""
    return any(
        part.partition(".")[0].lower() in _DEVICES or part.endswith((".", " "))
        for part in path.split("/")
    )


def collisions(paths: Iterable[str]) -> list[str]:
    """The paths that differ from another one of them only in capital letters, sorted."""
    known: dict[str, list[str]] = {}
    for path in sorted(set(paths)):
        known.setdefault(path.casefold(), []).append(path)
    return sorted(path for group in known.values() if len(group) > 1 for path in group)


def new_case_id() -> str:
    """A random case id such as K7Q2-M9TX (40 bits, letters that are not mistaken for others)."""
    # secrets loads what hashing and random numbers need: only writers pay for it.
    import secrets

    letters = "".join(secrets.choice(_CASE_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def new_tag() -> str:
    """A random tag of eight letters and digits, at least one digit among them."""
    import secrets

    while True:
        tag = "".join(secrets.choice(_TAG_LETTERS) for _ in range(_TAG_LENGTH))
        if TAG.match(tag):
            return tag


def is_case_id(text: str) -> bool:
    """Whether the text has the form of a case id."""
    return CASE_ID.match(text) is not None


def check_handle(handle: str) -> str:
    """The handle, if it may be one; ``UsageError`` otherwise."""
    if HANDLE.match(handle) is None:
        raise UsageError(
            "a handle is made of small letters, digits and dashes, and begins with a letter",
            "tipcase keygen --handle sokha",
        )
    if handle in _RESERVED:
        raise UsageError(
            "this handle is kept for another use", "choose another one: tipcase keygen --handle cw1"
        )
    return handle


def called(known: Iterable[str], handle: str) -> str:
    """How a message names a handle: only one that is or was on the staff is repeated.

    What somebody typed in the place of a name can be what a record says.
    """
    return handle if handle in known else "somebody who is named"


def record_file(record_type: str, number: int | None, tag: str | None) -> str:
    """The file name of a record: 09-follow-up-k3f9m2xq.yaml.age, profile.yaml.age."""
    front = f"{number:02d}-" if number is not None else ""
    back = f"-{tag}" if tag else ""
    return f"{front}{record_type}{back}{RECORD_SUFFIX}"


@lru_cache(maxsize=1_024)
def parse_record_file(name: str) -> tuple[str, str | None] | None:
    """The record type and the tag of a file name, or None when it is no record's."""
    match = _FILE.match(name)
    return (match.group(1), match.group(2)) if match else None


def records(
    paths: Iterable[str], number: Callable[[str], int | None]
) -> Iterator[tuple[str, str, str | None]]:
    """Path, type and tag of each record: where several paths claim to be one, only its own.

    ``number`` gives the place of a stage in the edition. Who may not replace a record could else
    put another number before its name, and it would be read in its place.
    """
    claims: dict[tuple[str, str | None], list[str]] = {}
    for path in paths:
        parsed = parse_record_file(path)
        if parsed is not None:
            claims.setdefault(parsed, []).append(path)
    for (kind, tag), found in claims.items():
        own = record_file(kind, number(kind), tag) if len(found) > 1 else ""
        yield (own if own in found else found[0]), kind, tag


def record_name(record_type: str, tag: str | None) -> str:
    """What people type for a record: ``identification``, ``follow-up/k3f9m2xq``."""
    return f"{record_type}/{tag}" if tag else record_type


def parse_record_name(text: str) -> tuple[str, str | None]:
    """The record type and the tag of what somebody typed."""
    record_type, slash, tag = text.partition("/")
    if slash and TAG.match(tag) is None:
        raise UsageError(
            "a record is named STAGE or STAGE/TAG, the tag eight letters and digits",
            "tipcase show CASE lists the records with their tags",
        )
    return record_type, tag or None


def check_own_file(path: str) -> None:
    """Refuse the name of an office's file that not every system can hold (``DamagedError``)."""
    from tipcase.journal.entry import PATH

    if PATH.match(path) is None:
        raise DamagedError(
            f"a file under {path.partition('/')[0]} has a name that a casebook cannot hold",
            "use letters, digits, dots, dashes and underscores",
        )
    if is_device(path):
        raise DamagedError(
            f"a file under {path.partition('/')[0]} has a name that Windows keeps for a device",
            "give it another name: not aux, con, nul, prn, com1 or lpt1, and no dot at its end",
        )
