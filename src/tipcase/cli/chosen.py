"""What the words of ``form`` stand for: cases, codes of forms and sets of them, a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tipcase.cli.context import Context
from tipcase.cli.press import Press
from tipcase.errors import NotFoundError, TipcaseError, UsageError


@dataclass(frozen=True)
class Chosen:
    """The cases by their ids, the codes (none: whatever is ready), the record that was named.

    ``closed`` counts the cases that are not open to the person, ``errors`` tell of those of which
    nobody knows.
    """

    cases: tuple[str, ...]
    codes: tuple[str, ...]
    record: tuple[str, str | None] | None
    closed: int = 0
    errors: tuple[TipcaseError, ...] = ()


def chosen(context: Context, press: Press) -> Chosen:
    """Read the words: what is a form or a set of the edition is no case.

    Raises ``UsageError`` and ``NotFoundError``; no word is repeated, since it can be a name.
    """
    wishes = press.wishes
    codes = press.codes([word for word in wishes.words if press.is_code(word)])
    words = [word for word in wishes.words if not press.is_code(word)]
    if wishes.every_form and codes:
        raise UsageError("--all stands for every form", "leave out the codes, or --all")
    if wishes.every_case and words:
        raise UsageError(
            "--all-cases stands for every case: only forms follow", _forms(press, "the forms are")
        )
    if not wishes.every_case and not words:
        raise UsageError("no case is named", "name one, or --all-cases; --blank needs none")
    cases, closed, errors = _open(context) if wishes.every_case else (_named(context, press), 0, ())
    if not codes and not wishes.every_form:
        raise UsageError("no form is named", _forms(press, "give --all, or some of"))
    several = wishes.every_case or len(cases) > 1 or wishes.every_form or len(codes) > 1
    if several and not (wishes.out or wishes.seal or wishes.dry_run):
        raise UsageError("several forms go into a folder", "give --out DIR")
    return Chosen(cases, codes, _record(press, cases, codes), closed, errors)


def _forms(press: Press, front: str) -> str:
    from tipcase import forms

    return f"{front}: {', '.join(forms.codes(press.edition))}"


def _named(context: Context, press: Press) -> tuple[str, ...]:
    try:
        found = [context.survivor(word) for word in press.wishes.words if not press.is_code(word)]
    except NotFoundError:
        hint = _forms(press, "tipcase list shows the cases; the forms are")
        raise NotFoundError("there is no such case or form here", hint) from None
    return tuple(dict.fromkeys(found))


def _open(context: Context) -> tuple[tuple[str, ...], int, tuple[TipcaseError, ...]]:
    """The cases that are open to the person, how many are not, and what went wrong."""
    from tipcase.cli.batch import open_to
    from tipcase.journal.names import PROVIDER

    errors: list[TipcaseError] = []
    found = open_to(context, errors, recovery=False)
    cases = tuple(case for case in found if case != PROVIDER)
    closed = len(context.book.all_case_ids()) - len(cases) - len(errors)
    return cases, max(0, closed), tuple(errors)


def _record(
    press: Press, cases: Sequence[str], codes: Sequence[str]
) -> tuple[str, str | None] | None:
    """The type and the tag of the record that was named, which a form must be about."""
    if press.wishes.record is None:
        return None
    from tipcase.casebook.naming import parse_record_name

    if len(cases) > 1:
        raise UsageError("--record names a record of one case", "name one case")
    kind, tag = parse_record_name(press.wishes.record)
    if codes and all(press.about(code) != kind for code in codes):
        raise UsageError(
            "no form that is named is about a record of this type",
            "leave out --record: such a form prints the case",
        )
    return kind, tag
