"""The members of an archive: tar as every ``tar`` reads it, and as strict as we write it.

Only plain files, owned by nobody, without dates. A header is accepted only when it is the very
header that we would write for that name and size: there is no second spelling, so no link, device,
sparse file or extended header can come in, and no file is larger than the archive itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from tipcase.errors import DamagedError

BLOCK = 512
END = b"\0" * (2 * BLOCK)
_PART = 64 * 1024
# A path of a casebook has at most seven parts of 81 characters (see `journal.entry`).
_LONGEST = 600
_LONG_NAME = b"L"
_TYPE = slice(156, 157)


class Exact(Protocol):
    """What gives exactly so many bytes, or raises ``DamagedError``."""

    def take(self, size: int) -> bytes:
        """The next bytes."""
        ...


def header(name: str, size: int) -> bytes:
    """The header of a plain file; of a long name the block that holds it comes first."""
    # tarfile brings much with it: only backup and restore pay for that.
    import tarfile

    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    return info.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def padding(size: int) -> bytes:
    """The zeros that fill the last block of a file."""
    return b"\0" * (-size % BLOCK)


def read_header(source: Exact) -> tuple[str, int] | None:
    """Name and size of the next member, or None at the end; ``DamagedError`` for any other."""
    import tarfile

    raw = block = source.take(BLOCK)
    if block == END[:BLOCK]:
        if source.take(BLOCK) != block:
            raise _strange()
        return None
    try:
        info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        name = info.name
        if block[_TYPE] == _LONG_NAME:
            if info.size > _LONGEST:
                raise _strange()
            named = source.take(info.size + len(padding(info.size)))
            block = source.take(BLOCK)
            raw += named + block
            name = named.split(b"\0", 1)[0].decode("ascii")
            info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        good = info.size >= 0 and header(name, info.size) == raw
    except (tarfile.HeaderError, ValueError):
        raise _strange() from None
    if not good:
        raise _strange()
    return name, info.size


def content(source: Exact, size: int) -> Iterator[bytes]:
    """The content of a member, part by part, and the zeros after it taken away."""
    left = size
    while left:
        part = source.take(min(left, _PART))
        left -= len(part)
        yield part
    if source.take(-size % BLOCK) != padding(size):
        raise _strange()


def _strange() -> DamagedError:
    return DamagedError(
        "the archive holds something that tipcase backup does not write",
        "take an archive that tipcase backup made; nothing was restored",
    )
