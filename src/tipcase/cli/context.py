"""What every command is given: the casebook, the person, the date, the language.

The clock is read here and nowhere else. ``--as-of`` changes what is judged, never the time that
goes into a journal.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tipcase import settings
from tipcase.errors import NoKeyError, TerminalNeededError, UsageError

if TYPE_CHECKING:
    from tipcase.casebook.book import Book
    from tipcase.casebook.case import Unread
    from tipcase.keyring.person import Person
    from tipcase.law import Dossier

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
HYGIENE = "The shell remembers a VALUE on its command line; FIELD=- does not let it"


def clock() -> datetime:
    """Now, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


class Context:
    """The options that stand before or after every command, and what follows from them."""

    def __init__(
        self,
        casebook: Path | None = None,
        identity: str | None = None,
        *,
        as_json: bool = False,
        home: Path | None = None,
        now: Callable[[], datetime] = clock,
    ) -> None:
        self.casebook = casebook
        self.identity = identity
        self.json = as_json
        self.as_of: date | None = None
        self.command = ""
        self.home = home or settings.home()
        self.now = now

    @property
    def time(self) -> str:
        """The time for a journal."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def day(self) -> date:
        """Today, for what is written down: ``--as-of`` never changes it."""
        return self.now().astimezone().date()

    @property
    def today(self) -> date:
        """The date that judgements use."""
        return self.as_of or self.day

    @cached_property
    def root(self) -> Path:
        """The folder of the casebook."""
        from tipcase.casebook import book

        return book.find(self.casebook or settings.folder())

    @cached_property
    def book(self) -> Book:
        """The casebook, its signed files checked."""
        found = self.unchecked_book
        found.check()
        if found.first_seen and sys.stderr.isatty():
            from tipcase import terminal

            terminal.say(f"this machine sees this casebook for the first time; its id: {found.id}")
            terminal.say("compare the id with a colleague before you trust it")
        for text in found.news():
            from tipcase import terminal

            terminal.say(f"warning: {text}; tipcase log staff shows when")
        return found

    @cached_property
    def unchecked_book(self) -> Book:
        """The casebook as it is, also when somebody edited its signed files."""
        from tipcase.casebook.book import Book

        return Book(self.root, self.home)

    @cached_property
    def lang(self) -> str:
        """The language of findings and labels: TIPCASE_LANG, else the casebook's, else English."""
        named = settings.language_named()
        if named:
            return named
        from tipcase.errors import TipcaseError

        try:
            return str(self.unchecked_book.config.get("language"))
        except TipcaseError:
            return "en"

    @cached_property
    def person(self) -> Person:
        """The person whose identity is at hand.

        Raises ``NoKeyError`` when there is none, ``TerminalNeededError`` when there are several or
        when a passphrase is needed and nobody can be asked.
        """
        from tipcase.keyring import person as people
        from tipcase.keyring import unlocked

        named = self.identity or settings.identity_named()
        if named is None:
            open_until = unlocked.read(self.home, self.now())
            if open_until is not None:
                return people.from_text(open_until.identity)
        return people.from_text(identity_text(self.identity_file(named)))

    @property
    def reader(self) -> Callable[[], Person] | None:
        """Gives the person whose keys may look for an office number.

        None where there is no identity, or only one whose passphrase would have to be asked for: a
        slip in an id must not end in a question for a passphrase.
        """
        return (lambda: self.person) if self._at_hand() else None

    def _at_hand(self) -> bool:
        from tipcase import files
        from tipcase.errors import TipcaseError
        from tipcase.keyring import person as people
        from tipcase.keyring import unlocked

        named = self.identity or settings.identity_named()
        if named is None and unlocked.read(self.home, self.now()) is not None:
            return True
        try:
            path = self.identity_file(named)
            return not people.is_protected(files.read(path.resolve(), "read the identity"))
        except TerminalNeededError:
            return True  # several: asking for the person says which, and how to name one
        except TipcaseError:
            return False

    def case(self, text: str) -> str:
        """The id of the case that is meant, or ``provider``: its own records."""
        from tipcase.casebook.case import resolve

        return resolve(self.book, text, self.reader)

    def survivor(self, text: str) -> str:
        """The id of the survivor's case that is meant; ``UsageError`` for ``provider``."""
        from tipcase.journal.names import PROVIDER

        found = self.case(text)
        if found == PROVIDER:
            raise UsageError(
                "the provider's own records have no stages and no forms",
                "tipcase show provider lists them; tipcase check provider judges them",
            )
        return found

    def read(self, case_id: str, *, of_team: bool) -> tuple[Dossier | None, list[Unread]]:
        """The believed records of a case and what could not be read of it.

        With ``of_team``, no dossier where the person is not on the team of the case.
        """
        from tipcase.casebook.case import Case

        case = Case(self.book, case_id)
        if of_team and self.person.handle not in case.fold.team:
            return None, []
        return case.read_all(self.person)

    def identity_file(self, named: str | None = None) -> Path:
        """The identity file that is meant: the one named, else the only one there is."""
        if named is not None:
            return Path(named)
        folder = self.home / "keys"
        found = sorted(p for p in folder.glob("*") if p.suffix in (".txt", ".age"))
        if not found:
            raise NoKeyError(
                "there is no identity here", "make one: tipcase keygen --handle YOUR-NAME"
            )
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            raise TerminalNeededError(
                f"there are several identities: {names}", f"name one: --identity {found[0]}"
            )
        return found[0]


def identity_text(path: Path, passphrase: str | None = None) -> str:
    """The text of an identity file, its passphrase asked for where it has one."""
    from tipcase import terminal
    from tipcase.cli.words import read_source
    from tipcase.errors import DamagedError, NotFoundError
    from tipcase.keyring import person as people

    try:
        data = read_source(path, "identity")
    except NotFoundError:
        raise NoKeyError(
            "there is no identity file of that name at that place",
            "name it with --identity FILE, or make one: tipcase keygen --handle YOUR-NAME",
        ) from None
    if not people.is_protected(data):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise DamagedError("the identity file is not text", "name the right file") from None
    if passphrase is None:
        passphrase = terminal.passphrase(
            f"passphrase of {path.name}", "an unlocked identity: tipcase unlock --passphrase-file -"
        )
    return people.unprotect(data, passphrase)


def parse_date(text: str, flag: str) -> date:
    """A full date that somebody typed for a flag."""
    try:
        # The library also takes 20260105 and 2026-W01-1, which are slips more often than dates.
        if _DATE.fullmatch(text) is None:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{flag} takes a date such as 2026-01-05", f"give {flag} 2026-01-05"
        ) from None


def parse_span(text: str, flag: str) -> timedelta:
    """A span of time such as 8h, 30m or 1d."""
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    number, unit = text[:-1], text[-1:]
    if (
        not number.isascii()
        or not number.isdigit()
        or unit not in units
        or not 0 < int(number) < 1000
    ):
        raise UsageError(f"{flag} takes a time such as 8h or 30m", f"give {flag} 8h")
    return int(number) * units[unit]
