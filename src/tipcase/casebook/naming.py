"""Names on disk: case ids, tags, file names of records. None of them says anything of a person."""

from __future__ import annotations

import re

from tipcase.errors import UsageError
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


def record_file(record_type: str, number: int | None, tag: str | None) -> str:
    """The file name of a record: 09-follow-up-k3f9m2xq.yaml.age, profile.yaml.age."""
    front = f"{number:02d}-" if number is not None else ""
    back = f"-{tag}" if tag else ""
    return f"{front}{record_type}{back}{RECORD_SUFFIX}"


def parse_record_file(name: str) -> tuple[str, str | None] | None:
    """The record type and the tag of a file name, or None when it is no record's."""
    match = _FILE.match(name)
    return (match.group(1), match.group(2)) if match else None


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
