"""The textual header of an age file: a version line, recipient stanzas, a MAC.

What parses serialises to the same bytes. Base64 is unpadded and canonical.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tipcase.age.errors import HeaderError

# Stock age stops at 20 stanzas on decrypting in some versions; a team plus the recovery identity
# stays below that. The bound only keeps a forged header from costing a key exchange per stanza
# without end.
MAX_STANZAS = 128
# 128 hybrid stanzas, the largest kind, take 199,680 bytes. A header that has not ended by here
# is not read on.
MAX_HEADER_SIZE = 256 * 1_024

_INTRO = b"age-encryption.org/v1\n"
_MAC_SIZE = 32
_COLUMNS = 64
_ARGUMENTS = re.compile(rb"-> [!-~]+(?: [!-~]+)*")
# 32 bytes in base64: the last letter has two bits that mean nothing and must be zero.
_BYTES_32 = rb"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048])\n"
# The header of every record: one stanza, with a file key and its tag in its body.
_ONE_STANZA = re.compile(
    re.escape(_INTRO) + rb"-> ([!-~]+(?: [!-~]+)*)\n" + _BYTES_32 + rb"--- " + _BYTES_32
)


class Stanza(NamedTuple):
    """A file key wrapped for one recipient: arguments, of which the first is the type, and body."""

    arguments: tuple[str, ...]
    body: bytes

    @property
    def type(self) -> str:
        """The first argument, which says what kind of recipient can unwrap this."""
        return self.arguments[0]


class Header(NamedTuple):
    """A parsed header; `covered` are the bytes that the MAC is over, `size` is where it ends."""

    stanzas: tuple[Stanza, ...]
    covered: bytes
    mac: bytes
    size: int


def parse(data: bytes) -> Header:
    """Read the header at the start of a file; raises HeaderError."""
    one = _ONE_STANZA.match(data, 0, MAX_HEADER_SIZE)
    if one is not None:
        return _of_one(data, one)
    if not data.startswith(_INTRO):
        raise _foreign(data)
    # Neither an argument line nor a line of base64 can begin with "---", so the first is the end.
    last_line = data.find(b"\n---", len(_INTRO) - 1, MAX_HEADER_SIZE) + 1
    size = data.find(b"\n", last_line, MAX_HEADER_SIZE) + 1 if last_line else 0
    if not size:
        raise _malformed("a header that does not end")
    stanzas = tuple(_stanzas(data[len(_INTRO) : last_line].split(b"\n")[:-1]))
    if not 1 <= len(stanzas) <= MAX_STANZAS:
        raise _malformed("no recipients or too many")
    closing = data[last_line : size - 1]
    mac = decode_base64(closing[4:])
    if not closing.startswith(b"--- ") or len(mac) != _MAC_SIZE:
        raise _malformed("a wrong closing line")
    return Header(stanzas, data[: last_line + 3], mac, size)


def _of_one(data: bytes, match: re.Match[bytes]) -> Header:
    """What `parse` finds, where one pattern has taken the whole header at once."""
    arguments, body, mac = match.groups()
    stanza = Stanza(tuple(arguments.decode("ascii").split(" ")), _32_bytes(body))
    return Header((stanza,), data[: match.start(3) - 1], _32_bytes(mac), match.end())


def _32_bytes(text: bytes) -> bytes:
    return binascii.a2b_base64(text + b"=")


def cover(stanzas: Iterable[Stanza]) -> bytes:
    """Write a header up to its "---", which is what its MAC is computed over."""
    parts = [_INTRO]
    for stanza in stanzas:
        parts += (b"-> ", " ".join(stanza.arguments).encode("ascii"), b"\n")
        body = encode_base64(stanza.body).encode("ascii")
        # A body of whole lines ends with an empty one: range() goes one step past it on purpose.
        for start in range(0, len(body) + 1, _COLUMNS):
            parts += (body[start : start + _COLUMNS], b"\n")
    parts.append(b"---")
    return b"".join(parts)


def close(covered: bytes, mac: bytes) -> bytes:
    """Finish a header with its MAC."""
    return b"%b %b\n" % (covered, encode_base64(mac).encode("ascii"))


def encode_base64(data: bytes) -> str:
    """Write unpadded base64, as everywhere in a header."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").decode("ascii")


def decode_base64(text: bytes) -> bytes:
    """Read unpadded, canonical base64; raises HeaderError."""
    try:
        data = binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
    except binascii.Error:
        raise _malformed("base64 that is not canonical") from None
    # Decoders let unused bits at the end differ; only the text that encoding gives is taken.
    if binascii.b2a_base64(data, newline=False).rstrip(b"=") != text:
        raise _malformed("base64 that is not canonical")
    return data


def _stanzas(lines: list[bytes]) -> Iterator[Stanza]:
    rest = iter(lines)
    for line in rest:
        if not _ARGUMENTS.fullmatch(line):
            raise _malformed("a wrong recipient line")
        yield Stanza(tuple(line[3:].decode("ascii").split(" ")), _body(rest))


def _body(rest: Iterator[bytes]) -> bytes:
    parts = []
    for line in rest:
        parts.append(line)
        if len(line) < _COLUMNS:
            return decode_base64(b"".join(parts))
        if len(line) > _COLUMNS:
            break
    raise _malformed("a recipient without its end")


def _foreign(data: bytes) -> HeaderError:
    if data.startswith(b"age-encryption.org/") and b"\n" in data[:100]:
        return HeaderError(
            "an age file of another version", "it was written by a newer age than this one knows"
        )
    return HeaderError("this is not an age file, or it is cut at its beginning")


def _malformed(what: str) -> HeaderError:
    return HeaderError(f"the header of an age file is damaged: {what}")
