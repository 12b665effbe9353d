"""The lines of one journal file: entries, and what is wrong with the rest.

One writer a file. A line that is not a well-formed entry of that writer is damage, and reading
goes on after it. A last line without its end is what a crash in the middle of an append leaves:
it warns, and counts when it is whole otherwise (its signer's next write completes or cuts it).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tipcase.journal import ops
from tipcase.journal.entry import EntryError, Signed, UnknownEntryError, parse_line

# The lines of a few cases; one weighs some 4 KB as an entry.
_CACHED_LINES = 1_024


class Lines(NamedTuple):
    """What one journal file holds.

    ``unfinished`` is the id of a whole entry whose line lacks its end, or "" for a torn rest;
    ``whole`` is the number of bytes up to the end of the last finished line. ``unknown`` says that
    a line is of a later format: what it did cannot be judged, so nothing of its case is believed.
    """

    signer: str
    entries: tuple[Signed, ...]
    damage: tuple[str, ...]
    unfinished: str | None
    whole: int
    unknown: bool = False


def read(data: bytes, signer: str, *, known: bool = False) -> Lines:
    """The lines of the journal file of ``signer``.

    ``known``: this tipcase has read these very bytes before, and found nothing wrong. How they are
    spelled, and whether each entry is of the form of its kind, is then not looked at again.
    """
    entries: dict[str, Signed] = {}
    damage: list[str] = []
    unknown = False
    whole = data.rfind(b"\n") + 1
    for number, line in enumerate(data[:whole].split(b"\n")[:-1], start=1):
        try:
            signed = _entry(line, signer, known)
            # The same line twice is what a union merge of one writer's clones brings.
            entries.setdefault(signed.id, signed)
        except EntryError as error:
            unknown = unknown or isinstance(error, UnknownEntryError)
            damage.append(f"{signer}.journal line {number}: {error.sentence}")
    unfinished = None
    if whole < len(data):
        unfinished = ""
        try:
            # Nobody was told of a rest that is no entry: that it was there before says nothing.
            signed = _entry(data[whole:], signer, False)
            entries.setdefault(signed.id, signed)
            unfinished = signed.id
        except EntryError:
            pass
    return Lines(signer, tuple(entries.values()), tuple(damage), unfinished, whole, unknown)


@lru_cache(maxsize=_CACHED_LINES)
def _entry(line: bytes, signer: str, known: bool) -> Signed:
    """The entry of a line in this person's journal; ``EntryError`` when it is not one.

    A command that writes reads the journals of its case several times, with one line more each
    time: the same bytes give the same entry, which nobody changes.
    """
    signed = parse_line(line, known=known)
    if not known:
        ops.check(signed.entry)
    if signed.entry.signer != signer:
        raise EntryError("an entry stands in the journal of somebody who did not sign it")
    return signed
