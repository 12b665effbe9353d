"""The fast reader, for what our own writer wrote, and the padding that ends a record.

Its library takes duplicate keys and stops at the first document; so it serves only bytes whose
hash is known to be ours. What could mislead or exhaust it (tags, aliases, further documents) is
refused here all the same, because a member of the team may have written the bytes by hand.
"""

from __future__ import annotations

import math
import re
from typing import Any

from tipcase.errors import DamagedError

from .limits import MAX_BYTES

MIN_PADDED = 1024  # bytes; below it a record's length would tell most

_END = b"\n...\n"
_NEXT_DOCUMENT = b"\n---"
# An anchor and an alias where a value may begin: only together can they make a bomb.
_ANCHOR = re.compile(r"(?:^|[\s\[{,:])&\S")
_ALIAS = re.compile(r"(?:^|[\s\[{,:])\*\S")
_HINT = "run: tipcase verify"
_PLAIN = frozenset({str, int, bool, type(None)})
_TEXT = frozenset({str})


def load(data: bytes) -> dict[str, Any]:
    """Read what ``dump`` wrote, padded or not, with values typed as YAML 1.2's core schema.

    Raises ``DamagedError``, without a place, for anything that ``dump`` could not have written.
    """
    text = _text_of(data)
    if "&" in text and "*" in text and _ANCHOR.search(text) and _ALIAS.search(text):
        _refuse_aliases(text)
    value = _parsed(text)
    if not isinstance(value, dict):
        raise _damaged("its top is not a mapping")
    _check(value)
    return value


def pad(text: str) -> bytes:
    """A record's plaintext: the text, a line ``...``, and newlines up to a Padmé length.

    At least ``MIN_PADDED`` bytes. The length tells O(log log n) bits (PURBs, PETS 2019, §4).
    """
    body = text.encode() + (b"" if text.endswith("\n") else b"\n") + _END[1:]
    return body.ljust(padded_length(len(body)), b"\n")


def padded_length(length: int) -> int:
    """The Padmé length of a body of so many bytes, at least ``MIN_PADDED``."""
    if length <= MIN_PADDED:
        return MIN_PADDED
    exponent = length.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    mask = (1 << low_bits) - 1
    return (length + mask) & ~mask


def check_padding(data: bytes) -> None:
    """Refuse a record's plaintext that does not end with ``...`` and its padding, and nothing else.

    Raises ``DamagedError``.
    """
    end = data.find(_END) + len(_END)
    if end < len(_END):
        raise _damaged("its end mark is missing")
    if data.count(b"\n", end) != len(data) - end:
        raise _damaged("something stands after its end mark")
    if len(data) != padded_length(end):
        raise _damaged("its padding has another length")


def _text_of(data: bytes) -> str:
    if len(data) > MAX_BYTES * 2:  # padding adds at most an eighth; this is only a ceiling
        raise _damaged("it is too long")
    end = data.find(_END)
    if end >= 0:
        if data.count(b"\n", end + len(_END)) != len(data) - end - len(_END):
            raise _damaged("something stands after its end mark")
        data = data[: end + 1]
    if _NEXT_DOCUMENT in data:
        raise _damaged("it holds more than one document")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = None  # ours is raised below, without its context
    if text is None:
        raise _damaged("it is not UTF-8")
    return text


def _parsed(text: str) -> Any:
    from yaml12 import parse_yaml  # only here, so that the floor below stays light

    failed = False
    value: Any = None
    try:
        value = parse_yaml(text)
    except Exception:  # the library's own text quotes the content, whatever its kind
        failed = True
    if failed:
        # Outside the handler, so that the library's error is not the context of ours.
        raise _damaged("it is not YAML")
    return value


def _refuse_aliases(text: str) -> None:
    """Ask the careful reader, since the fast one would copy an alias bomb into memory."""
    from .content import DocumentError
    from .reader import read

    refused = False
    try:
        read(text)
    except DocumentError:
        refused = True
    if refused:
        raise _damaged("it is not as tipcase writes it")


def _check(top: dict[Any, Any]) -> None:
    """Refuse what the library has for tags and odd keys, and numbers that are none."""
    waiting: list[Any] = [top]
    while waiting:
        inside = waiting.pop()
        if type(inside) is dict:
            if not _TEXT.issuperset(map(type, inside)):
                raise _damaged("a field's name is not a text")
            inside = inside.values()
        if _PLAIN.issuperset(map(type, inside)):
            continue
        for value in inside:
            kind = type(value)
            if kind in _PLAIN:
                continue
            if kind is dict or kind is list:
                waiting.append(value)
            elif kind is not float:
                raise _damaged("a value has a tag")
            elif not math.isfinite(value):
                raise _damaged("a number is not finite")


def _damaged(sentence: str) -> DamagedError:
    return DamagedError(f"the document is not as tipcase wrote it: {sentence}", _HINT)
