"""Journals of one place put right again, from lines that were there before. Pure functions.

A line is brought back only where something names it by its hash (a head that this machine has
seen, or an entry that builds on it), or where the last commit of this very copy has it. A bad line
is dropped only where git has a version of the journal without it, or where it is a mark of git's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tipcase.casebook.place import has_marks, without_marks
from tipcase.journal import lines as journal_lines
from tipcase.journal.entry import EntryError, Signed, parse_line
from tipcase.journal.ops import is_card


@dataclass(frozen=True)
class Past:
    """What git has of one journal: its versions, and the one of the last commit."""

    versions: tuple[bytes, ...] = field(default=(), repr=False)
    committed: bytes | None = field(default=None, repr=False)


@dataclass
class _Parts:
    """A journal taken apart; ``tail`` is a last line without its end."""

    entries: dict[str, Signed]
    bad: list[bytes]
    unknown: list[bytes]
    tail: bytes


def cleaned(data: bytes) -> bytes:
    """A journal without git's conflict marks and with the line ends that it had."""
    if has_marks(data):
        data = without_marks(data)
    return data.replace(b"\r\n", b"\n")


def mended(
    journals: Mapping[str, bytes],
    past: Mapping[str, Past],
    pins: Iterable[str],
    genuine: Callable[[Signed], bool],
) -> dict[str, bytes]:
    """The journals of a place by handle as they should stand, those that are well included.

    ``journals`` are those on disk, ``past`` what git has of each, ``pins`` the entries that this
    machine has seen last; ``genuine`` says whether an entry is signed by its signer. It is asked
    only where git has something to put in the place of what is not.
    """
    parts = {handle: _take_apart(cleaned(data), handle) for handle, data in journals.items()}
    for handle in parts.keys() & past.keys():
        _refuse(parts[handle], genuine)
    known: dict[str, tuple[str, Signed]] = {}
    for handle, history in past.items():
        every = {line for data in history.versions for line in cleaned(data).split(b"\n")}
        for line in every:
            for signed in filter(genuine, journal_lines.read(line + b"\n", handle).entries):
                known.setdefault(signed.id, (handle, signed))
        if history.committed is not None:
            found = _take_apart(cleaned(history.committed), handle)
            _add(parts, handle, filter(genuine, found.entries.values()))
    _close(parts, known, pins)
    return {
        handle: _joined(handle, part, past.get(handle, Past()), journals.get(handle))
        for handle, part in parts.items()
    }


def _take_apart(data: bytes, handle: str) -> _Parts:
    whole = data.rfind(b"\n") + 1
    parts = _Parts({}, [], [], data[whole:])
    for line in data[:whole].split(b"\n")[:-1]:
        read = journal_lines.read(line + b"\n", handle)
        for signed in read.entries:
            parts.entries.setdefault(signed.id, signed)
        if read.unknown:
            parts.unknown.append(line)
        elif read.damage:
            parts.bad.append(line)
    return parts


def _refuse(part: _Parts, genuine: Callable[[Signed], bool]) -> None:
    """Take entries that are not genuine for bad lines."""
    for signed in [signed for signed in part.entries.values() if not genuine(signed)]:
        part.bad.append(part.entries.pop(signed.id).line.rstrip(b"\n"))


def _add(parts: dict[str, _Parts], handle: str, entries: Iterable[Signed]) -> None:
    part = parts.setdefault(handle, _Parts({}, [], [], b""))
    tail = journal_lines.read(part.tail, handle).entries
    here = part.entries.keys() | {signed.id for signed in tail}
    for signed in entries:
        if signed.id not in here:
            part.entries.setdefault(signed.id, signed)


def _close(
    parts: dict[str, _Parts], known: Mapping[str, tuple[str, Signed]], pins: Iterable[str]
) -> None:
    """Bring back whatever the pins and the entries that are here build on."""
    here = {entry: signed for part in parts.values() for entry, signed in part.entries.items()}
    for handle, part in parts.items():
        here |= {signed.id: signed for signed in journal_lines.read(part.tail, handle).entries}
    waiting = [*pins, *(parent for signed in here.values() for parent in signed.entry.parents)]
    while waiting:
        wanted = waiting.pop()
        if wanted in here or wanted not in known:
            continue
        handle, signed = known[wanted]
        here[wanted] = signed
        _add(parts, handle, [signed])
        waiting += signed.entry.parents


def _joined(handle: str, part: _Parts, past: Past, data: bytes | None) -> bytes:
    """The bytes of a journal: in the order of git's longest version, then as the lines stood."""
    longest = max(past.versions, key=len, default=b"")
    order: dict[bytes, int] = {}
    for line in [*cleaned(longest).split(b"\n"), *cleaned(data or b"").split(b"\n")]:
        order.setdefault(line, len(order))
    lines = [signed.line.rstrip(b"\n") for signed in part.entries.values()]
    lines += part.unknown
    committed = set(cleaned(past.committed or b"").split(b"\n"))
    lines += [line for line in part.bad if line and (not past.versions or line in committed)]
    if data is not None and cleaned(data) == data:
        whole = data[: data.rfind(b"\n") + 1]
        if set(whole.split(b"\n")[:-1]) == set(lines):
            return data  # a line that stands twice does no harm
    lines.sort(key=lambda line: order.get(line, len(order)))
    return b"".join(line + b"\n" for line in lines) + part.tail


def keys(journals: Iterable[bytes]) -> dict[str, set[str]]:
    """The public signing keys by handle of every card in texts of staff journals."""
    found: dict[str, set[str]] = {}
    for line in {line for data in journals for line in cleaned(data).split(b"\n")}:
        try:
            data = parse_line(line).entry.data
        except EntryError:
            continue
        for card in (data.get("card"), data.get("recovery")):
            if card is not None and is_card(card):
                found.setdefault(card["handle"], set()).add(card["signing_key"])
    return found
