"""What the person agreed to, as far as one sheet asks: the consents of a case on the sheet's days.

A form of an old date is handed over today, so a consent must hold on both days. A consent that
nobody here can read may be a no, and then there is none.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from tipcase.forms import disputes
from tipcase.forms.definition import Form
from tipcase.forms.sheet import Choices
from tipcase.forms.values import lookup

if TYPE_CHECKING:
    from tipcase.forms.sharing import Sharing
    from tipcase.law.dossier import Dossier, Record


class Agreed:
    """The consents of a case; without a case, a blank, everything is agreed to."""

    def __init__(
        self, form: Form, dossier: Dossier | None, choices: Choices, sharing: Sharing | None
    ) -> None:
        self._form = form
        self._dossier = dossier
        self._choices = choices
        self._read = sharing
        readable = sharing is not None and sharing.record not in choices.closed
        self._sharing = sharing if readable else None

    def to(self, subject: str) -> bool:
        """Whether a consent about a subject holds, whoever it names."""
        dossier, sharing = self._dossier, self._sharing
        if dossier is None:
            return True
        return sharing is not None and all(
            sharing.holds(dossier, day, subject) for day in self._days
        )

    def may_sign(self, slot: str) -> bool:
        """Whether somebody may still be asked to sign: not the dead."""
        dossier, sharing = self._dossier, self._read
        if dossier is None or sharing is None or slot not in sharing.unsigned:
            return True
        return not sharing.over(dossier)

    @cached_property
    def to_photos(self) -> bool:
        """Whether a photo may be shown in the office."""
        return self._sharing is not None and self.to(self._sharing.photo[0])

    def kinds(self, about: Record | None) -> frozenset[str]:
        """The kinds of information that may go to the receiver whom a record names."""
        dossier, sharing, receiver = self._dossier, self._sharing, self._form.receiver
        if dossier is None or sharing is None:
            return frozenset()
        to = None
        if receiver is not None and about is not None and not disputes.of(about, receiver.path):
            found = lookup(about.data, receiver.path)
            to = found if isinstance(found, str) else None
        first, *others = (
            sharing.kinds_shared(dossier, day, to=to, anybody=receiver is None)
            for day in self._days
        )
        return first.intersection(*others)

    @cached_property
    def _days(self) -> tuple[date, ...]:
        days = dict.fromkeys((self._choices.as_of, self._choices.now or self._choices.as_of))
        return tuple(map(date.fromisoformat, days))
