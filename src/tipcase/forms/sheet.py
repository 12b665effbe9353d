"""A sheet: one form filled from one case's records, in one language, ready for any output.

A sheet is plain frozen data. It holds what may be seen and nothing else: what is withheld has left
before any template runs. What a person's file says stands in no ``repr``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from tipcase.forms.language import Label
from tipcase.forms.values import Value

# The content of an attachment by the name of its record and its id.
Pictures = Callable[[str, str], bytes]


@dataclass(frozen=True)
class Row:
    """A printed line: its number, its words, what it holds, and whether a gap matters.

    ``mark`` is set on a required line without a value; ``disputed`` where something of it was
    written differently by two people: what stood there before they parted is printed.
    """

    number: str
    label: Label
    value: Value
    mark: bool
    provisions: tuple[str, ...]
    disputed: bool = False


@dataclass(frozen=True)
class Part:
    """A printed section; lines were left out as restricted (``withheld``) or ``unconsented``."""

    number: str
    title: Label
    rows: tuple[Row, ...]
    withheld: bool
    unconsented: bool = False


@dataclass(frozen=True, repr=False)
class Squares:
    """A row of squares with a character in each; an empty one (a blank) is for a pen."""

    label: Label
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    """A place to sign: by signature, thumbprint or stamp."""

    label: Label
    by: str


@dataclass(frozen=True)
class Sheet:
    """One filled form, or one to be filled by hand (``blank``).

    ``languages`` are codes, the leading one first. ``plain`` asks for no heading, ``leaves`` tells
    that the sheet leaves the office, ``official`` that no line says whose form it is.
    ``missing`` names required fields left blank, ``disputed`` those in an open conflict, both as
    ``record.field``; ``unconsented`` the kinds of information left out for want of a consent;
    ``unshown`` the records whose picture cannot be shown; ``newer`` the latest record of the kind
    the form is about, where an older one, or none, is on the sheet.
    """

    code: str
    title: Label
    version: str
    phase: Label
    case: str
    casebook: str
    record: str | None
    squares: tuple[Squares, ...]
    parts: tuple[Part, ...]
    signatures: tuple[Signature, ...]
    languages: tuple[str, ...]
    plain: bool
    leaves: bool
    official: bool
    blank: bool
    missing: tuple[str, ...]
    withheld: bool
    unconsented: tuple[str, ...]
    disputed: tuple[str, ...]
    unshown: tuple[str, ...]
    newer: str | None


@dataclass(frozen=True)
class Choices:
    """What the person who prints decided; ``as_of`` is the form's date, ``YYYY-MM-DD``.

    ``now`` is the day of the printing itself, where that is another one. ``closed`` are the record
    types of which the case has records that could not be opened.
    """

    as_of: str
    casebook: str
    record: str | None = None
    include_restricted: bool = False
    official: bool = False
    signatures: Collection[str] = ()
    pictures: Pictures | None = None
    now: str = ""
    closed: Collection[str] = ()
