"""How what somebody wrote is read for comparing it: the same thing typed otherwise reads alike.

Khmer is read by orthographic cluster: a consonant with what stands below and around it. Inside a
cluster the order in which somebody typed the marks says nothing, and neither do the invisible
characters between words. Latin letters are read without case, accents and doubled letters, and as
Cambodian names are spelled in them, where no spelling is official.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# A word as its signs: clusters of Khmer, or single letters.
Word = tuple[str, ...]

# Zero-width spaces, joiners and direction controls, the soft hyphen, and the two inherent vowels
# and the deprecated sign that Unicode discourages.
_INVISIBLE = dict.fromkeys(
    (
        0xAD,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x206A),
        0xFEFF,
        0x17B4,
        0x17B5,
        0x17D3,
    )
)
# Two ways to type what looks alike, or what people use for one another.
_ALIKE = (
    ("\u17a3", "\u17a2"),
    ("\u17a4", "\u17a2\u17b6"),
    ("\u17b2", "\u17b1"),  # ឲ្យ and ឱ្យ
    ("\u17d2\u178a", "\u17d2\u178f"),  # below a consonant, da and ta are one shape
    ("\u17d8", ""),
)
_DIGITS = {0x17E0 + n: str(n) for n in range(10)}
_CLUSTER = re.compile(
    r"[\u1780-\u17b3](?:\u17d2[\u1780-\u17b3]|[\u17b6-\u17d1\u17dd])*"  # a Khmer cluster
    r"|[\u17b6-\u17d1\u17d2\u17dd]+"  # marks that lost their consonant
    r"|[^\W_]",
)
_PART = re.compile(r"\u17d2[\u1780-\u17b3]|.")
_SHIFTERS, _ABOVE = "\u17c9\u17ca", "\u17b7\u17b8\u17b9\u17ba\u17be\u17d0"
_TWO_PART = (("\u17c1\u17b8", "\u17be"), ("\u17c1\u17b6", "\u17c4"))

# As Cambodian names are spelled in Latin letters; each is read from left to right, in this order.
_LATIN = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"(.)\1+", r"\1"),
        (r"(?<=[aeiou])r(?=[^aeiouy]|$)", ""),
        (r"[gn]h(?=[aeiou]|$)|gn|ny(?=[aeiou])", "n"),
        (r"(?<=[^aeiouc])h|(?<!c)h$", ""),
        (r"^ck|ck", "k"),
        (r"w(?=[aeiouy])", "v"),
        (r"[yj](?=[^aeiou]|$)", "i"),
        (r"z", "s"),
        (r"^j", "ch"),
        (r"q|c(?!h)", "k"),
        (r"oeu|eou|oe", "eu"),
        (r"ou|uo", "u"),
        (r"ea|ie", "ia"),
        (r"ei", "i"),
        (r"aw|ao", "au"),
        (r"d$", "t"),
        (r"(.)\1+", r"\1"),
    )
)
_SILENT, _NIKAHIT = "\u17cd", "\u17c6"
# Khmer consonants as names have them in Latin letters, read as ``sound`` reads those.
_ROMAN = {
    sign: letters
    for signs, letters in (
        ("កខគឃ", "k"),
        ("ង", "ng"),
        ("ចឆជឈ", "ch"),
        ("ញណន", "n"),
        ("ដឌ", "d"),
        ("តថទធឋឍ", "t"),
        ("ប", "b"),
        ("ផពភ", "p"),
        ("ម", "m"),
        ("រ", "r"),
        ("លឡ", "l"),
        ("វ", "v"),
        ("សឝឞ", "s"),
        ("ហ", "h"),
    )
    for sign in signs
}
_BARE = frozenset(map(chr, (*range(0x1780, 0x17A3), 0x17C9, 0x17CB, 0x17D2)))
_AT_END = {"រ": "", "វ": "", "ដ": "ត", "ប": "ព"}
VOWELS = frozenset("aeiouy")
# Consonants of the two series that sound alike, and others that are taken for one another.
_SERIES = ("កគ", "ខឃ", "ចជ", "ឆឈ", "ដឌតទ", "ថធឋឍ", "ផភព", "ណន", "លឡ", "សឝឞ", "អឣ")
# Long and short vowels, and the signs at the end of a word.
_VOWELS = ("\u17b7\u17b8", "\u17b9\u17ba", "\u17bb\u17bc", "\u17c1\u17c2", "\u17c7\u17c8")
# Shifters, bantoc, samyok sannya, and the sign above a consonant that is not spoken.
_LEFT_OUT = frozenset("\u17c9\u17ca\u17cb\u17cc\u17cd\u17ce\u17cf\u17d0")
_FIRST = {sign: group[0] for group in (*_SERIES, *_VOWELS) for sign in group}


def plain(text: str) -> str:
    """The text composed, in small letters and our digits, without what cannot be seen."""
    composed = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    for variant, usual in _ALIKE:
        composed = composed.replace(variant, usual)
    return unicodedata.normalize("NFC", composed.translate(_DIGITS)).casefold()


@lru_cache(maxsize=1 << 14)
def words(text: str) -> tuple[Word, ...]:
    """The words of a name as they are written, for telling that two are the same."""
    return tuple(found for part in _parts(text) if (found := _signs(part)))


@lru_cache(maxsize=1 << 14)
def sound(word: Word) -> Word:
    """A word as it is pronounced, roughly: only Latin letters change."""
    if not is_latin(word):
        return word
    text = "".join(word)
    for pattern, usual in _LATIN:
        text = pattern.sub(usual, text)
    return tuple(text)


def is_latin(word: Word) -> bool:
    """Whether a word is in Latin letters."""
    return all(sign.isascii() for sign in word)


def series(consonant: str) -> str:
    """One consonant for all that sound alike."""
    return _FIRST.get(consonant, consonant)


@lru_cache(maxsize=1 << 12)
def loose(cluster: str) -> str:
    """A Khmer cluster without what people leave out, and one sign for those that sound alike."""
    return "".join(_FIRST.get(sign, sign) for sign in cluster if sign not in _LEFT_OUT)


@lru_cache(maxsize=1 << 14)
def frame(word: Word) -> str:
    """The consonants of a word, of either script in Latin letters, without what is not spoken."""
    if is_latin(word):
        return "".join(sign for sign in sound(word) if sign not in VOWELS)
    *before, last = [sign for sign in word if _SILENT not in sign] or [""]
    if last and set(last) <= _BARE:
        # At the end and without a vowel, ro is not heard and vo is one; do and bo are to and po.
        last = "".join(_AT_END.get(sign, sign) for sign in last)
    found = earlier = ""
    for cluster in (*before, last):
        letters = _roman(cluster)
        # Where no vowel stands between, two of one sound are one.
        joined = found[-1:] == letters[:1] and set(earlier) <= _BARE
        found, earlier = found + letters[joined:], cluster
    return found


def _roman(cluster: str) -> str:
    """The consonants of a cluster in Latin letters; two of one sound are one."""
    spoken = (
        cluster.replace("ប", "ព") if cluster[:1] == "ប" and _SHIFTERS[0] in cluster else cluster
    )
    found = "".join(_ROMAN.get(sign, "") for sign in spoken).replace("dt", "t")
    return re.sub(r"(.)\1+", r"\1", found) + ("m" if _NIKAHIT in cluster else "")


def digits(text: str) -> str:
    """The digits of a text alone, Khmer ones as ours."""
    return "".join(sign for sign in plain(text) if sign.isascii() and sign.isdigit())


def number(text: str) -> str:
    """A number of a file or a document, without the signs that people put between its parts."""
    return "".join(sign for sign in plain(text) if sign.isalnum())


def _parts(text: str) -> list[str]:
    # An apostrophe is left out of a word, any other sign ends it.
    return re.split(r"[\s\-‐-―.,;:/()_«»\"·។៕ៗ]+", re.sub("['’‘`ʼ]", "", _bare(plain(text))))


def _bare(text: str) -> str:
    """Without the accents of Latin letters; Khmer marks stay."""
    apart = unicodedata.normalize("NFD", text)
    kept = (sign for sign in apart if not ("\u0300" <= sign <= "\u036f"))
    return "".join(kept).replace("đ", "d").replace("ø", "o").replace("ł", "l")


def _signs(part: str) -> Word:
    return tuple(_ordered(sign) for sign in _CLUSTER.findall(part))


def _ordered(cluster: str) -> str:
    """A cluster with its marks in one order, none twice."""
    marks = set(_PART.findall(cluster[1:]))
    for typed, usual in _TWO_PART:
        if marks.issuperset(typed):
            marks = marks.difference(typed) | {usual}
    if not marks.isdisjoint(_ABOVE):
        # Below a vowel that stands above, both shifters look like the vowel u.
        marks = {_SHIFTERS[1] if mark in (*_SHIFTERS, "\u17bb") else mark for mark in marks}
    return cluster[0] + "".join(sorted(marks))
