"""Bech32 (BIP 173), the writing of age keys, without its limit of 90 characters.

Strict: one case throughout, a right checksum, and padding that is shorter than five bits and zero.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tipcase.age.errors import KeyFormatError

# A hybrid recipient, the longest key there is, has 1,959 characters.
LONGEST_TEXT = 4_096

_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
# Python reads and writes digits of base 32 in C, so five-bit groups pass through an integer.
_TO_DIGITS = str.maketrans(_CHARSET, "0123456789abcdefghijklmnopqrstuv")
_VALUES = {character: value for value, character in enumerate(_CHARSET)}
_TEXT = re.compile(r"([!-~]+)1([qpzry9x8gf2tvdw0s3jn54khce6mua7l]{6,})")
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
# What five bits that leave at the top do to the thirty that stay.
_FEEDBACK = tuple(
    (generator[0] * (top & 1))
    ^ (generator[1] * (top >> 1 & 1))
    ^ (generator[2] * (top >> 2 & 1))
    ^ (generator[3] * (top >> 3 & 1))
    ^ (generator[4] * (top >> 4 & 1))
    for generator in [_GENERATOR]
    for top in range(32)
)


def encode(prefix: str, data: bytes) -> str:
    """Write bytes as lower-case Bech32 behind a lower-case prefix."""
    values = _five_bit_groups(data)
    checksum = _polymod(_expanded(prefix), [*values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [checksum >> 5 * place & 31 for place in range(5, -1, -1)]
    return prefix + "1" + "".join(_CHARSET[value] for value in values)


def decode(text: str) -> tuple[str, bytes]:
    """Read Bech32: its prefix, in the case in which it was written, and its bytes.

    Raises KeyFormatError; the message does not repeat the text, which may be a secret.
    """
    if len(text) > LONGEST_TEXT:
        raise KeyFormatError("a key of this length does not exist")
    lower = text.lower()
    if text not in (lower, text.upper()):
        raise KeyFormatError("a key mixes capitals and small letters", "copy the key again")
    match = _TEXT.fullmatch(lower)
    if match is None:
        raise KeyFormatError("this is not written as an age key is", "copy the whole key again")
    prefix, written = match.groups()
    if _polymod(_expanded(prefix), [_VALUES[character] for character in written]) != 1:
        raise KeyFormatError("a key has a wrong checksum", "copy the whole key again")
    return text[: len(prefix)], _octets(written[:-6])


def holds(text: str, prefix: str, data: bytes) -> bool:
    """Whether a lower-case line has this prefix and these bytes.

    Its checksum is not looked at: that guards what people copy, and takes ten times as long.
    """
    match = _TEXT.fullmatch(text)
    if match is None or match.group(1) != prefix:
        return False
    try:
        return _octets(match.group(2)[:-6]) == data
    except KeyFormatError:
        return False


def _five_bit_groups(data: bytes) -> list[int]:
    values: list[int] = []
    padded = data + bytes(-len(data) % 5)
    # Forty bits at a time: shifting one number for a whole hybrid key takes four times as long.
    for start in range(0, len(padded), 5):
        bits = int.from_bytes(padded[start : start + 5], "big")
        values += (bits >> 35, bits >> 30 & 31, bits >> 25 & 31, bits >> 20 & 31)
        values += (bits >> 15 & 31, bits >> 10 & 31, bits >> 5 & 31, bits & 31)
    return values[: (len(data) * 8 + 4) // 5]


def _octets(written: str) -> bytes:
    length, padding = divmod(len(written) * 5, 8)
    number = int(written.translate(_TO_DIGITS) or "0", 32)
    if padding > 4 or number & ((1 << padding) - 1):
        raise KeyFormatError("a key has surplus bits at its end", "copy the whole key again")
    return (number >> padding).to_bytes(length, "big")


@lru_cache(maxsize=32)
def _expanded(prefix: str) -> int:
    """The state of the checksum after the prefix, which is the same for all keys of a kind."""
    codes = prefix.encode("ascii")
    return _polymod(1, [code >> 5 for code in codes] + [0] + [code & 31 for code in codes])


def _polymod(state: int, values: list[int]) -> int:
    feedback = _FEEDBACK
    for value in values:
        state = (state & 0x1FFFFFF) << 5 ^ value ^ feedback[state >> 25]
    return state
