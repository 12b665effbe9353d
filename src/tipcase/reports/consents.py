"""Whether somebody agreed that their case is reported: what is kept of it, and what it is on a day.

Only what is certain counts, as where sheets are shared. A no stands until a later yes; a yes that
was withdrawn, has run out, or was said by a guardian who may be involved is none (857/6.1.1), nor
is one against the child's own no. What a guardian or another adult said for a child is not the
word of the adult that the child has become: who has come of age and was not asked anew was not
asked. ``later`` is no answer, and nothing is ever taken for a yes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from tipcase.law import dates
from tipcase.law.dossier import Dossier, Record
from tipcase.law.kleene import is_honest
from tipcase.reports.built import GIVEN, NOT_ASKED, REFUSED

RECORD, SUBJECT = "consent", "reporting"
_ANSWERS = ("given", "refused", "later")
_BY = ("self", "guardian", "representative", "other-adult")
# Who answers for a child, and no longer for the adult.
_FOR_A_CHILD = ("guardian", "other-adult")
_NOBODY_KNOWS = "?"
_FIELDS = (
    "subject", "answer", "withdrawn_on", "valid_until", "given_by", "guardian_suspected",
    "child_assent", "happened_on",
)  # fmt: skip


def collected(dossier: Dossier) -> list[dict[str, Any]] | None:
    """The consents about reporting, oldest first, as codes and days; None where there is none."""
    return [
        _kept(record)
        for record in dossier.all(RECORD)
        if record.data.get("subject") == SUBJECT or _disputed(record, "subject")
    ] or None


def _kept(record: Record) -> dict[str, Any]:
    data = record.data
    # Of what two people wrote differently nobody knows whether it is a yes.
    parted = any(_disputed(record, name) for name in _FIELDS)
    kept = {
        "on": _day(data.get("happened_on")),
        "answer": _NOBODY_KNOWS if parted else _code(data.get("answer"), _ANSWERS),
        "by": _code(data.get("given_by"), _BY),
        "withdrawn": _day(data.get("withdrawn_on")),
        "until": _day(data.get("valid_until")),
        "suspected": data.get("guardian_suspected") is True,
        "against": data.get("child_assent") == "disagrees",
    }
    return {name: value for name, value in kept.items() if value not in (None, False)}


def _disputed(record: Record, name: str) -> bool:
    return any(one.field.partition(".")[0] == name for one in record.disputed)


def _day(value: Any) -> str | None:
    """A partial date; ``?`` for a day that nobody knows; None where there is none."""
    if value is None or (is_honest(value) and value["unknown"] == "not-applicable"):
        return None
    return value if dates.is_partial_date(value) else _NOBODY_KNOWS


def _code(value: Any, codes: Sequence[str]) -> str | None:
    if value is None:
        return None
    return value if isinstance(value, str) and value in codes else _NOBODY_KNOWS


def standing(facts: Mapping[str, Any], as_of: date) -> str:
    """``given``, ``refused`` (or no longer valid) or ``not-asked``, on a day."""
    if not facts.get("reporting"):
        return NOT_ASKED
    asked = [one for one in facts["reporting"] if _begun(one.get("on"), as_of)]
    if not asked:
        return NOT_ASKED
    noes = [no for one in asked for no in _noes(one, as_of)]
    outgrown = [_outgrown(one, facts.get("birth"), as_of) for one in asked]
    for one, past in zip(asked, outgrown, strict=True):
        stands = _in_force(one, as_of) and not past and not _died(facts, as_of)
        if stands and all(dates.before(no, one.get("on")) is True for no in noes):
            return GIVEN
    if noes:
        return REFUSED
    spent = [one for one, past in zip(asked, outgrown, strict=True) if not past]
    return REFUSED if any(one.get("answer") == "given" for one in spent) else NOT_ASKED


def _begun(day: Any, as_of: date) -> bool:
    first = dates.earliest(day)
    return first is None or first <= as_of


def _noes(one: Mapping[str, Any], as_of: date) -> Iterator[Any]:
    """The days, None where unknown, on which a no may have been said."""
    worthless = one.get("by") == "guardian" and one.get("suspected")
    maybe = one.get("answer") in ("refused", _NOBODY_KNOWS)
    if maybe or worthless or one.get("against"):
        yield one.get("on")
    if "withdrawn" in one and _begun(one["withdrawn"], as_of):
        yield one["withdrawn"]


def _in_force(one: Mapping[str, Any], as_of: date) -> bool:
    until = dates.earliest(one.get("until"))
    lasts = "until" not in one or (until is not None and as_of <= until)
    return one.get("answer") == "given" and lasts and not any(True for _ in _noes(one, as_of))


def _outgrown(one: Mapping[str, Any], birth: Any, as_of: date) -> bool:
    if one.get("by") == _NOBODY_KNOWS:
        return True
    return one.get("by") in _FOR_A_CHILD and dates.child_on(birth, as_of) is False


def _died(facts: Mapping[str, Any], as_of: date) -> bool:
    """A consent ends with the person (ours, as where sheets are shared)."""
    last = facts["spans"][-1] if facts.get("spans") else {}
    return last.get("outcome") == "died" and _begun(last.get("to"), as_of)


__all__ = ["collected", "standing"]
