"""The payload of an age file: chunks of 64 KiB, each sealed with its number and "is the last".

Both ends work on blocks, pairs of (whole chunks, is it the last block): a payload in memory is one
block, one that is read from a file has blocks of 256 KiB: constant memory, and few of them to hand
from thread to thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from tipcase.age.errors import PayloadError
from tipcase.age.wrapping import cipher, invalid_tag

_TAG_SIZE = 16
CHUNK_SIZE = 64 * 1_024
SEALED_CHUNK_SIZE = CHUNK_SIZE + _TAG_SIZE
# Of a file, four chunks are read, and given on, at once: what a core's cache holds.
BLOCK_SIZE = 4 * CHUNK_SIZE
SEALED_BLOCK_SIZE = 4 * SEALED_CHUNK_SIZE

Block = tuple[bytes | memoryview, bool]
# What comes out: a buffer that was made once and filled, since copying costs as much as a cipher.
Part = bytes | bytearray


class Source(Protocol):
    """What can be read from: a file opened for bytes, a pipe."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...


def seal(key: bytes, blocks: Iterable[Block]) -> Iterator[Part]:
    """Encrypt blocks; their chunks have CHUNK_SIZE bytes, the very last may have less."""
    sealing = cipher()(key)
    number = 0
    for block, last in blocks:
        chunks = _chunks(block, CHUNK_SIZE)
        sealed = bytearray(len(block) + len(chunks) * _TAG_SIZE)
        for (chunk, ends), (into, _) in zip(
            chunks, _chunks(sealed, SEALED_CHUNK_SIZE), strict=True
        ):
            sealing.encrypt_into(_nonce(number, last and ends), chunk, None, into)
            number += 1
        yield sealed


def unsealed(key: bytes, payload: memoryview) -> bytes:
    """Decrypt a payload in memory; raises PayloadError."""
    if len(payload) > SEALED_CHUNK_SIZE:
        return b"".join(unseal(key, [(payload, True)]))
    # Nearly every record: one chunk, the first and the last.
    try:
        return cipher()(key).decrypt(_nonce(0, True), payload, None)
    except invalid_tag():
        raise _damaged() from None


def unseal(key: bytes, blocks: Iterable[Block]) -> Iterator[Part]:
    """Decrypt blocks, whose chunks have SEALED_CHUNK_SIZE bytes; raises PayloadError.

    Each block is authentic when it is yielded, but that the content is whole is known only when
    this ends without an error: until then what was yielded is not to be kept.
    """
    opening = cipher()(key)
    number = 0
    for block, last in blocks:
        chunks = _chunks(block, SEALED_CHUNK_SIZE)
        # An empty last chunk would let one content have two ciphertexts of different length.
        if len(chunks[-1][0]) < _TAG_SIZE + (number + len(chunks) > 1):
            raise _damaged()
        opened = bytearray(len(block) - len(chunks) * _TAG_SIZE)
        for (chunk, ends), (into, _) in zip(chunks, _chunks(opened, CHUNK_SIZE), strict=True):
            try:
                opening.decrypt_into(_nonce(number, last and ends), chunk, None, into)
            except invalid_tag():
                raise _damaged() from None
            number += 1
        yield opened


def _chunks(block: Part | memoryview, size: int) -> list[tuple[memoryview, bool]]:
    """The chunks of a block, without copying, and which is its last; at least an empty one."""
    view = memoryview(block)
    starts = range(0, max(1, len(view)), size)
    return [(view[start : start + size], start == starts[-1]) for start in starts]


def read(source: Source, size: int, begun: bytes = b"") -> Iterator[Block]:
    """Cut what `begun` and then a file hold into blocks of a size; holds two at a time."""
    starts = (begun[at : at + size] for at in range(0, len(begun), size))
    block = _filled(source, size, next(starts, b""))
    while following := _filled(source, size, next(starts, b"")):
        yield block, False
        block = following
    yield block, True


def _filled(source: Source, size: int, begun: bytes) -> bytes:
    """A block of the full size, or what is left; a file gives it at once, without a copy."""
    parts = [begun] if begun else []
    left = size - len(begun)
    while left and (part := source.read(left)):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _nonce(number: int, last: bool) -> bytes:
    return (number << 8 | last).to_bytes(12, "big")


def _damaged() -> PayloadError:
    return PayloadError(
        "the content of an age file is cut or was changed", "bring it back from a copy"
    )
