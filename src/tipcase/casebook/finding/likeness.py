"""How like two names are: the same, close, or neither.

A distance of edits between words: what stands in one and not in the other, what was exchanged, and
two neighbours the wrong way round. A vowel in Latin letters weighs half, and Khmer signs that sound
nearly alike a quarter, because they are what people spell differently. All weights and bounds are
ours; docs/finding.md says what they find.
"""

from __future__ import annotations

from collections import Counter
from enum import IntEnum
from functools import lru_cache
from itertools import permutations

from tipcase.casebook.finding import spelling
from tipcase.casebook.finding.spelling import Word

# More words than a name has: what is longer is compared by its first ones.
_MOST_WORDS = 5
# Names of more words are run together in the order in which they stand alone.
_MOST_ORDERED = 3
# A word of more signs is no word of a name, and comparing takes the square of it.
_LONGEST = 40
_FAR = float("inf")
# Fewer consonants are those of very many names.
_ENOUGH = 3
_HALF = 0.5
# Of Khmer clusters: what sounds nearly alike, and another vowel, which mostly is another name.
_SLIGHT, _MARKS = 0.25, 0.75


class Likeness(IntEnum):
    """How two names compare; a greater one is nearer."""

    NONE = 0
    PART = 1  # every word of the shorter one is in the longer one
    CLOSE = 2
    SAME = 3


@lru_cache(maxsize=1 << 17)
def names(one: str, other: str) -> Likeness:
    """How two names compare, whatever the order of their words and the blanks between them."""
    a, b = spelling.words(one)[:_MOST_WORDS], spelling.words(other)[:_MOST_WORDS]
    if not a or not b:
        return Likeness.NONE
    # Told apart by their length alone, so that it is the same whichever of them is asked.
    short, long = sorted((a, b), key=lambda words: (len(words), sum(map(len, words))))
    if sorted(a) == sorted(b) or _run_together(short, long, exact=True):
        return Likeness.SAME
    if _assigned(short, long) <= _bound_of_name(short):
        return Likeness.CLOSE if len(short) == len(long) else Likeness.PART
    return Likeness.CLOSE if _run_together(short, long, exact=False) else Likeness.NONE


def across(one: str, other: str) -> bool:
    """Whether one name in Khmer and one in Latin letters may be the same, by their consonants.

    That is little: it is for looking, never a hint by itself.
    """
    a, b = spelling.words(one)[:_MOST_WORDS], spelling.words(other)[:_MOST_WORDS]
    if not a or not b or all(map(spelling.is_latin, a)) == all(map(spelling.is_latin, b)):
        return False
    frames = ([*filter(None, map(spelling.frame, words))] for words in (a, b))
    short, long = sorted(frames, key=len)
    if sum(map(len, short)) < _ENOUGH:
        return False
    return not Counter(short) - Counter(long) or _joins(short, long)


def _joins(short: list[str], long: list[str]) -> bool:
    """Whether the consonants of words are the same when the words are run together."""
    if len(short) == len(long) or len(long) > _MOST_ORDERED:
        return False
    orders = ({"".join(order) for order in permutations(words)} for words in (short, long))
    return not set.isdisjoint(*orders)


def _run_together(short: tuple[Word, ...], long: tuple[Word, ...], *, exact: bool) -> bool:
    """Whether the names are one when the blanks are left out, which may stand otherwise."""
    if len(short) == len(long) > 1:
        return False  # word by word says more
    whole: Word = sum(short, ())
    for order in permutations(long) if len(long) <= _MOST_ORDERED else (long,):
        joined: Word = sum(order, ())
        if joined == whole or (not exact and distance(joined, whole) <= bound(joined, whole) / 2):
            return True
    return False


def _assigned(short: tuple[Word, ...], long: tuple[Word, ...]) -> float:
    """The least cost of finding every word of the shorter name in the longer one."""
    if not short:
        return 0.0
    least = _FAR
    for at, word in enumerate(long):
        cost = distance(short[0], word)
        if cost <= bound(short[0], word):
            least = min(least, cost + _assigned(short[1:], (*long[:at], *long[at + 1 :])))
    return least


def _bound_of_name(words: tuple[Word, ...]) -> float:
    return 0.5 + 0.1 * sum(map(len, words)) * (1 if spelling.is_latin(words[0]) else 1.5)


def bound(a: Word, b: Word) -> float:
    """How far two words may be from one another and still be close."""
    length = max(len(a), len(b))
    if spelling.is_latin(a):
        length = max(len(spelling.sound(a)), len(spelling.sound(b)))
        if length <= 2:
            return 0.0
        return _HALF if length <= 4 else 1.0 if length <= 6 else 1.5 if length <= 9 else 2.0
    return _HALF if length <= 3 else 1.0 if length <= 5 else 1.5


@lru_cache(maxsize=1 << 17)
def distance(a: Word, b: Word) -> float:
    """The weight of the edits that make one word the other; far where their letters differ."""
    if a == b:
        return 0.0
    if spelling.is_latin(a) != spelling.is_latin(b) or max(len(a), len(b)) > _LONGEST:
        return _FAR
    a, b = spelling.sound(a), spelling.sound(b)
    if a == b:
        return 0.0
    before: list[float] = []
    row = [0.0]
    for sign in b:
        row.append(row[-1] + _weight(sign))
    for i, x in enumerate(a):
        before, last = row, before
        row = [before[0] + _weight(x)]
        for j, y in enumerate(b):
            cost = min(before[j + 1] + _weight(x), row[j] + _weight(y), before[j] + _exchange(x, y))
            if i and j and x == b[j - 1] and y == a[i - 1]:
                cost = min(cost, last[j - 1] + (_HALF if x != y else 0.0))
            row.append(cost)
    return row[-1]


def _weight(sign: str) -> float:
    return _HALF if sign in spelling.VOWELS else 1.0


def _exchange(x: str, y: str) -> float:
    """The weight of one sign in the place of another."""
    if x == y:
        return 0.0
    if x in spelling.VOWELS and y in spelling.VOWELS:
        return _HALF
    if len(x) + len(y) == 2 and x.isascii():
        return 1.0
    if spelling.loose(x) == spelling.loose(y):
        return _SLIGHT
    return _MARKS if spelling.series(x[0]) == spelling.series(y[0]) else 1.0
