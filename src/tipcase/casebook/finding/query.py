"""What somebody typed to find a case, and what of a profile it may mean.

A text is read as everything that it may be: the beginning of a case id, a number of a file, a
telephone, a date of birth, a name. No repr and no error holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from tipcase.casebook.finding import births, likeness, spelling
from tipcase.casebook.finding import particulars as kinds
from tipcase.casebook.finding.births import Birth
from tipcase.casebook.finding.likeness import Likeness
from tipcase.casebook.finding.particulars import Particulars
from tipcase.errors import UsageError

# Nobody's name is longer, and comparing takes the square of it.
LONGEST = 200
# Fewer signs begin too many ids, or end too many telephone numbers.
_ID_SIGNS, _PHONE_DIGITS = 3, 6
_ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{1,8}")
_PHONE = re.compile(r"[0-9+\-()./\s]+")
_ZEROES = re.compile(r"(?<![0-9])0+(?=[0-9])")
_HOME = "855"


class Match(NamedTuple):
    """What of a profile matched: its kind, whether it is just what was asked, and the value."""

    what: str
    exact: bool
    value: str

    def __repr__(self) -> str:
        return f"<Match of {self.what}>"


@dataclass(frozen=True)
class Query:
    """What is looked for; ``of`` makes one."""

    text: str = field(repr=False)

    @classmethod
    def of(cls, text: str) -> Query:
        """The query of a text; ``UsageError`` where it can be nothing that is looked for."""
        found = cls(text.strip())
        if len(text) > LONGEST:
            raise UsageError(f"what to look for is longer than {LONGEST} signs", "give one name")
        if not spelling.number(found.text):
            raise UsageError(
                "this is no name, number, telephone or date",
                "give one of them: tipcase find -",
            )
        return found

    def matches(self, one: Particulars) -> tuple[Match, ...]:
        """Everything of somebody's particulars that may be meant, the kinds in their order."""
        found = (*self._id(one), *self._numbers(one), *self._names(one))
        return (*found, *self._phones(one), *self._births(one))

    def _id(self, one: Particulars) -> Iterator[Match]:
        wanted = self._bare_id
        own = one.case.replace("-", "")
        if wanted and own.startswith(wanted):
            yield Match(kinds.CASE_ID, own == wanted, one.case)

    def _numbers(self, one: Particulars) -> Iterator[Match]:
        for what, text in one.numbers if self._number else ():
            own = spelling.number(text)
            if own == self._number or short_number(text) == short_number(self.text):
                yield Match(what, own == self._number, text)

    def _names(self, one: Particulars) -> Iterator[Match]:
        for what, text in one.names if self._is_name else ():
            like = likeness.names(self.text, text)
            if like or likeness.across(self.text, text):
                yield Match(what, like is Likeness.SAME, text)

    def _phones(self, one: Particulars) -> Iterator[Match]:
        wanted = self._phone
        for text in one.phones if len(wanted) >= _PHONE_DIGITS else ():
            own = phone(text)
            if own == wanted or _near(own, wanted):
                yield Match(kinds.PHONE, own == wanted, text)

    def _births(self, one: Particulars) -> Iterator[Match]:
        wanted = self._birth
        for own in one.births if wanted else ():
            if wanted and births.may_agree((wanted,), (own,)):
                yield Match(kinds.BIRTH, own.text == wanted.text, own.text)

    @cached_property
    def _bare_id(self) -> str:
        text = re.sub(r"[-\s]", "", self.text).upper()
        return text if len(text) >= _ID_SIGNS and _ID.fullmatch(text) else ""

    @cached_property
    def _number(self) -> str:
        text = spelling.number(self.text)
        return text if any(sign.isdigit() for sign in text) else ""

    @cached_property
    def _is_name(self) -> bool:
        return any(not sign.isdigit() for sign in spelling.number(self.text))

    @cached_property
    def _phone(self) -> str:
        return phone(self.text)

    @cached_property
    def _birth(self) -> Birth | None:
        return births.typed(self.text)


@lru_cache(maxsize=1 << 14)
def phone(text: str) -> str:
    """The digits of a telephone number at home, without 0 or 855 before it; "" for another text."""
    plain = spelling.plain(text)
    if _PHONE.fullmatch(plain) is None:
        return ""
    digits = spelling.digits(plain).removeprefix("00")
    if digits.startswith(_HOME) and len(digits) > len(_HOME) + _PHONE_DIGITS:
        digits = digits.removeprefix(_HOME)
    return digits.lstrip("0")


def _near(own: str, wanted: str) -> bool:
    """Whether one is the end of the other, as of another country, or one digit is another."""
    short, long = sorted((own, wanted), key=len)
    if len(short) < _PHONE_DIGITS:
        return False
    if len(short) == len(long):
        return sum(x != y for x, y in zip(short, long, strict=True)) == 1
    return long.endswith(short)


@lru_cache(maxsize=1 << 14)
def short_number(text: str) -> str:
    """A number without signs between its parts, and without the zeroes before each."""
    return _ZEROES.sub("", spelling.number(text))
