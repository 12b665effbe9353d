"""ASCII armor, on reading only: strict PEM (RFC 7468 figure 3), label AGE ENCRYPTED FILE.

Armor is the one malleable part of an age file, so a text is taken only if writing its bytes again
gives the same text. Free are: whitespace around the block, and LF or CRLF throughout.
"""

from __future__ import annotations

import binascii

from tipcase.age.errors import ArmorError

_BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
_END = b"-----END AGE ENCRYPTED FILE-----"
_BYTES_PER_LINE = 48
# Where a BEGIN line may stand for the file to count as (perhaps badly) armored: the name of the
# failure depends on it, not whether there is one.
_LOOK_INTO = 1_024


def is_armored(data: bytes) -> bool:
    """Tell whether these bytes are meant as armor; binary age files never are."""
    if data.startswith(b"age-encryption.org/"):
        return False
    start = data[:_LOOK_INTO].lstrip() or data[_LOOK_INTO:].lstrip()
    return start.startswith(b"-----") or _BEGIN in start


def decode(data: bytes) -> bytes:
    """Read the binary file out of its armor; raises ArmorError."""
    text = data.strip()
    newline = b"\r\n" if text.startswith(_BEGIN + b"\r\n") else b"\n"
    inside = text.removeprefix(_BEGIN).removesuffix(_END).replace(newline, b"")
    try:
        binary = binascii.a2b_base64(inside, strict_mode=True)
    except binascii.Error:
        raise _damaged() from None
    if _encode(binary, newline) != text:
        raise _damaged()
    return binary


def _encode(binary: bytes, newline: bytes) -> bytes:
    lines = [
        binascii.b2a_base64(binary[start : start + _BYTES_PER_LINE], newline=False)
        for start in range(0, len(binary), _BYTES_PER_LINE)
    ]
    return newline.join((_BEGIN, *lines, _END))


def _damaged() -> ArmorError:
    return ArmorError(
        "the armor of an age file is damaged",
        "copy it again from its BEGIN line to its END line, or ask for the binary file",
    )
