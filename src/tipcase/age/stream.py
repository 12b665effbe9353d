"""The payload of an age file: chunks of 64 KiB, each sealed with its number and "is the last".

Both ends work on pieces, pairs of (bytes, is it the last), so a payload in memory and one that is
read from a file take the same way, the second in constant memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from tipcase.age.errors import PayloadError

CHUNK_SIZE = 64 * 1_024
SEALED_CHUNK_SIZE = CHUNK_SIZE + 16

Piece = tuple[bytes | memoryview, bool]


class Source(Protocol):
    """What can be read from: a file opened for bytes, a pipe."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


def seal(key: bytes, pieces: Iterable[Piece]) -> Iterator[bytes]:
    """Encrypt pieces of CHUNK_SIZE bytes, the last of which may be shorter."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher = ChaCha20Poly1305(key)
    for number, (chunk, last) in enumerate(pieces):
        yield cipher.encrypt(_nonce(number, last), chunk, None)


def unseal(key: bytes, pieces: Iterable[Piece]) -> Iterator[bytes]:
    """Decrypt pieces of SEALED_CHUNK_SIZE bytes; raises PayloadError.

    Each chunk is authentic when it is yielded, but that the content is whole is known only when
    this ends without an error: until then what was yielded is not to be kept.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher = ChaCha20Poly1305(key)
    for number, (sealed, last) in enumerate(pieces):
        try:
            chunk = cipher.decrypt(_nonce(number, last), sealed, None)
        except InvalidTag:
            raise _damaged() from None
        # An empty last chunk would let one content have two ciphertexts of different length.
        if not chunk and number:
            raise _damaged()
        yield chunk


def split(data: bytes | memoryview, size: int) -> Iterator[Piece]:
    """Cut what is in memory into pieces, without copying; nothing gives one empty last piece."""
    view = memoryview(data)
    for start in range(0, max(1, len(view)), size):
        yield view[start : start + size], start + size >= len(view)


def read(source: Source, size: int, begun: bytes = b"") -> Iterator[Piece]:
    """Cut what `begun` and then a file hold into pieces; holds two pieces at a time."""
    buffer = begun
    while True:
        while len(buffer) <= size:
            more = source.read(size)
            if not more:
                yield buffer, True
                return
            buffer += more
        yield buffer[:size], False
        buffer = buffer[size:]


def _nonce(number: int, last: bool) -> bytes:
    return (number << 8 | last).to_bytes(12, "big")


def _damaged() -> PayloadError:
    return PayloadError(
        "the content of an age file is cut or was changed", "bring it back from a copy"
    )
