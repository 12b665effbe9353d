"""What ``verify`` finds: the verdict on a case or the staff, and the sentences that both share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from tipcase import files
from tipcase.casebook import place as places
from tipcase.casebook.place import Place
from tipcase.casebook.state import Row
from tipcase.casebook.verification.chains import Link, link
from tipcase.errors import DamagedError, NotFoundError, TipcaseError
from tipcase.journal.entry import Signed
from tipcase.journal.lines import Lines

# Ids of entries that are told one by one.
_TOLD = 5


# ``apart``: a path has versions that wait to be joined. ``gap``: a device's numbers do not follow
# each other, which is no more than its writer says. ``torn``: anything else that is damaged.
Kind = Literal["torn", "apart", "gap"]


class Damage(NamedTuple):
    """One thing that is damaged."""

    text: str
    kind: Kind = "torn"


@dataclass(frozen=True)
class Verdict:
    """What verify found of one case (or of ``staff`` or ``provider``)."""

    case: str
    found: tuple[Damage, ...]
    warnings: tuple[str, ...]

    @property
    def damage(self) -> tuple[str, ...]:
        """What is damaged or forged, a sentence each."""
        return tuple(item.text for item in self.found)

    def of(self, kind: Kind) -> tuple[str, ...]:
        """The sentences of one kind of damage."""
        return tuple(item.text for item in self.found if item.kind == kind)

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged or forged."""
        return not self.found


def torn(texts: Iterable[str]) -> tuple[Damage, ...]:
    """Sentences about what is damaged, none of a kind of its own."""
    return tuple(Damage(text) for text in texts)


@dataclass(frozen=True)
class Checked:
    """One case checked: its verdict, what it adds to the chains of devices, what to remember.

    ``entries`` count, ``aside`` do not or could not be judged. ``judged`` is False where the staff
    journal cannot say who may have written anything. ``row`` is None where something is damaged.
    """

    verdict: Verdict
    entries: tuple[Link, ...] = ()
    aside: tuple[Link, ...] = ()
    judged: bool = True
    row: Row | None = field(default=None, repr=False)
    ids: frozenset[str] = field(default=frozenset(), repr=False)
    converted: bool = False


@contextlib.contextmanager
def noted(damage: list[str]) -> Iterator[None]:
    """What cannot be looked at is damage, and what comes after it is looked at all the same."""
    try:
        yield
    except TipcaseError as error:
        damage.append(error.sentence)


def links(entries: Iterable[Signed]) -> tuple[Link, ...]:
    """What entries add to the chains of their devices."""
    return tuple(link(signed) for signed in entries)


def others(entries: Iterable[Signed], counted: Iterable[Signed]) -> list[Signed]:
    """The entries that are not among those that count."""
    known = {signed.id for signed in counted}
    return [signed for signed in entries if signed.id not in known]


def cut(what: str, pins: Iterable[str], entries: list[Signed]) -> Iterator[str]:
    """That a journal was cut: which entries are gone that this machine has seen, and since when."""
    gone = sorted(set(pins) - {signed.id for signed in entries})
    if gone:
        newest = max((signed.entry.time for signed in entries), default=None)
        left = f"the newest that is left is of {newest}" if newest else "nothing is left"
        yield (
            f"{what} was cut: of what this machine has seen {_entries(gone)} gone "
            f"({_ids(gone)}), with what stood before; {left}"
        )


def _entries(gone: list[str]) -> str:
    return "1 entry is" if len(gone) == 1 else f"{len(gone)} entries are"


def missing(entries: list[Signed]) -> Iterator[str]:
    """The entries that others build on and that are not there."""
    here = {signed.id for signed in entries}
    builders = [signed for signed in entries if not here.issuperset(signed.entry.parents)]
    gone = sorted({parent for signed in builders for parent in signed.entry.parents} - here)
    if gone:
        first = min(builders, key=lambda signed: signed.entry.time).entry
        yield (
            f"{_entries(gone)} gone that others build on ({_ids(gone)}): the first that "
            f"misses one is of {first.signer}, {first.time}"
        )


def _ids(gone: list[str]) -> str:
    more = f" and {len(gone) - _TOLD} more" if len(gone) > _TOLD else ""
    return ", ".join(entry[:16] for entry in gone[:_TOLD]) + more


def unfinished(lines: Iterable[Lines]) -> list[str]:
    """Last lines that a crash left unfinished: a warning each."""
    return [
        f"the last line of {part.signer}.journal is unfinished: {part.signer}'s next write mends it"
        for part in lines
        if part.unfinished is not None
    ]


def pending(found: Iterable[str]) -> list[str]:
    """A warning for each temporary file among paths or names."""
    text = "an unfinished write: the next write to this case mends it"
    return [text for path in found if files.is_pending(path.rpartition("/")[2])]


def converted(place: Place) -> bool:
    """Whether the line ends of a place's journals were changed."""
    try:
        return places.is_converted(place.journals())
    except TipcaseError:
        return False


def not_derived(root: Path, expected: Mapping[str, bytes]) -> list[str]:
    """The paths of derived files that are not there as expected."""
    wrong = []
    for path, data in expected.items():
        try:
            if files.read(root / path, f"read {path}") != data:
                wrong.append(path)
        except (NotFoundError, DamagedError):
            wrong.append(path)
    return wrong


def marked(root: Path, path: str) -> str | None:
    """That git's conflict marks stand in a file, if they do."""
    try:
        data = files.read(root / path, f"read {path}")
    except TipcaseError:
        return None
    if not places.has_marks(data):
        return None
    return f"git's conflict marks stand in {path}: tipcase merge puts it right"
