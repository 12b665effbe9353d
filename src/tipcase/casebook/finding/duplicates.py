"""Cases that may be of one person: hints for somebody to look at. Nothing is merged by them.

Only cases that share a number, a telephone or most of a word of a name are compared, so that the
time grows with what is alike and not with the square of the cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from tipcase.casebook.finding import births, likeness, query, spelling
from tipcase.casebook.finding import particulars as kinds
from tipcase.casebook.finding.likeness import Likeness
from tipcase.casebook.finding.particulars import Particulars
from tipcase.casebook.finding.spelling import Word


class Reason(NamedTuple):
    """What two cases have alike: its kind, and whether it is the same or close."""

    what: str
    exact: bool


@dataclass(frozen=True)
class Pair:
    """Two cases that may be of one person, by id, and why."""

    cases: tuple[str, str]
    why: tuple[Reason, ...]

    @property
    def exact(self) -> bool:
        """Whether a number, a telephone or a whole name is the same."""
        return any(reason.exact for reason in self.why if reason.what != kinds.BIRTH)


def pairs(found: Sequence[Particulars]) -> tuple[Pair, ...]:
    """The possible duplicates among some cases: the surest first, then by id."""
    compared = (_pair(found[a], found[b]) for a, b in _alike([_keys(one) for one in found]))
    return tuple(sorted(filter(None, compared), key=lambda two: (not two.exact, two.cases)))


def _alike(keys: Sequence[set[str]]) -> Iterator[tuple[int, int]]:
    """The places of those that share a key, each two once."""
    blocks: dict[str, list[int]] = {}
    for at, own in enumerate(keys):
        for key in own:
            blocks.setdefault(key, []).append(at)
    for key, block in blocks.items():
        for a, b in combinations(block, 2):
            # Of those keys that they share, one stands for all: no list of all pairs is kept.
            if min(keys[a] & keys[b]) == key:
                yield a, b


def reasons(one: Particulars, other: Particulars) -> tuple[Reason, ...]:
    """Why two cases may be of one person; nothing where they hardly are.

    Cases that are linked to one another are known to be two people's.
    """
    if other.case in one.linked or one.case in other.linked:
        return ()
    number = _same_number(one, other)
    if births.contradict(one.births, other.births):
        return number
    name, agree = _name(one, other), births.may_agree(one.births, other.births)
    called = _same_phone(one, other)
    # Sisters have one telephone: their names tell them apart.
    if called and not agree and name is None and one.names and other.names:
        called = ()
    if not (number or called) and not _by_name(one, other, name, agree=agree):
        return ()
    named = (name[0],) if name else ()
    return (*number, *named, *called, *((Reason(kinds.BIRTH, False),) if agree else ()))


def _by_name(
    one: Particulars, other: Particulars, name: tuple[Reason, bool] | None, *, agree: bool
) -> bool:
    """Whether a name alone, with the birth, is enough to look at."""
    if name is None:
        return False
    reason, whole = name
    if one.sex and other.sex and one.sex != other.sex and not (reason.exact and agree):
        return False
    return agree or (reason.exact and whole)


def _same_number(one: Particulars, other: Particulars) -> tuple[Reason, ...]:
    if not (one.numbers and other.numbers):
        return ()  # most people have none, and this is asked of very many
    theirs = set(_numbers(other))
    same = dict.fromkeys(what for what, number in _numbers(one) if (what, number) in theirs)
    return tuple(Reason(what, True) for what in same)


def _same_phone(one: Particulars, other: Particulars) -> tuple[Reason, ...]:
    same = not _phones(one).isdisjoint(_phones(other))
    return (Reason(kinds.PHONE, True),) if same else ()


def _numbers(one: Particulars) -> Iterator[tuple[str, str]]:
    """The numbers of somebody; what was written where there was none has no digit."""
    for what, text in one.numbers:
        number = query.short_number(text)
        if any(sign.isdigit() for sign in number):
            yield what, number


def _phones(one: Particulars) -> set[str]:
    return {number for text in one.phones if (number := query.phone(text))}


def _name(one: Particulars, other: Particulars) -> tuple[Reason, bool] | None:
    """The nearest of two people's names, and whether it is more than one word."""
    best: tuple[Likeness, bool, str] | None = None
    for what, text in one.names:
        for _, theirs in other.names:
            like = likeness.names(text, theirs)
            whole = min(len(spelling.words(text)), len(spelling.words(theirs))) > 1
            # One word that is close, or in a longer name, says nothing of who somebody is.
            if like is Likeness.SAME or (like and whole):
                best = max(filter(None, (best, (like, whole, what))), key=lambda it: it[:2])
    return (Reason(best[2], best[0] is Likeness.SAME), best[1]) if best else None


def _pair(one: Particulars, other: Particulars) -> Pair | None:
    why = reasons(one, other)
    return Pair((one.case, other.case), why) if why else None


def _keys(one: Particulars) -> set[str]:
    """Under what somebody is compared with others."""
    keys = {f"{what} {number}" for what, number in _numbers(one)}
    keys |= {f"{kinds.PHONE} {number}" for number in _phones(one)}
    return keys | {key for _, text in one.names for key in _name_keys(text)}


def _name_keys(text: str) -> Iterator[str]:
    words = spelling.words(text)
    for word in (*words, sum(words, ())):
        yield "name " + _frame(word)


def _frame(word: Word) -> str:
    """What is left of a word without its vowels: who spells otherwise mostly keeps that."""
    return f"{spelling.is_latin(word)} {spelling.frame(word) or ''.join(word)}"
