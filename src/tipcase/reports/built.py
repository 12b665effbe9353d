"""The facts that code works out, because no single field holds them: what each of them has.

Which of them an edition uses, and what their codes are called, stands in ``facts.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# The codes themselves; or where they come from: ``stages``, ``types`` (the record types that are
# not restricted), or a field by its type and path.
Codes = str | tuple[str, ...]
DATE, NUMBER, HANDLE, WORD = "date", "number", "handle", "word"
PLAIN = (DATE, NUMBER, HANDLE, WORD)

NEW, REOPENED = "new", "reopened"
GIVEN, REFUSED, NOT_ASKED = "given", "refused", "not-asked"
STANDINGS = (GIVEN, REFUSED, NOT_ASKED)
OPEN_START, OPENED, AGAIN, CLOSED, OPEN_END = FLOWS = (
    "open_start", "new", "reopened", "closed", "open_end",
)  # fmt: skip
_REASONS = ("not-asked", "declined", "not-known", "not-applicable")
_VISITS = ("planned", "due", "done", "late", "missed", "failed")


@dataclass(frozen=True)
class Built:
    """The kind of a built fact, and its codes or fields."""

    kind: str
    fields: Mapping[str, Codes] = field(default_factory=dict)
    values: Codes = ()
    internal: bool = False


BUILT: Mapping[str, Built] = {
    # When the case was open: from, to (none while it is open), and how it ended.
    "spans": Built(
        "events",
        {"from": DATE, "how": (NEW, REOPENED), "to": DATE, "outcome": "closure.outcome"},
    ),
    # What the spans amount to in the period.
    "flow": Built("numbers", dict.fromkeys(FLOWS, NUMBER)),
    # Where the case stood: each stage with the day it was moved there and the day it left.
    "stays": Built("events", {"stage": "stages", "from": DATE, "to": DATE}),
    "stage": Built("enum", values="stages"),
    "state": Built("enum", values=("open", "closed")),
    # The day of the identification, else of the opening: at which age the person came.
    "came_on": Built("date"),
    "birth": Built("birth"),
    "reporting": Built("enum", values=STANDINGS),
    # The visits agreed with the survivor, judged at the end of the period, or today if earlier.
    "visits": Built(
        "events",
        {
            "on": DATE,
            "announced": ("announced", "spot-check"),
            "state": _VISITS,
            "made_on": DATE,
            "days_after": NUMBER,
        },
    ),
    # Who works on the case now, by handle: about staff, and for the office alone.
    "team": Built("events", {"worker": HANDLE}, internal=True),
    # Each record: when it happened, when it was first typed, what is disputed or not known in it.
    "records": Built(
        "events",
        {
            "kind": "types",
            "on": DATE,
            "written_on": DATE,
            "disputed": NUMBER,
            **dict.fromkeys((one.replace("-", "_") for one in _REASONS), NUMBER),
        },
    ),
    # How often a field was answered with an honest unknown, by type, field and reason.
    "unknowns": Built(
        "events", {"record": "types", "field": WORD, "reason": _REASONS, "number": NUMBER}
    ),
}

__all__ = [
    "AGAIN",
    "BUILT",
    "CLOSED",
    "FLOWS",
    "GIVEN",
    "NEW",
    "NOT_ASKED",
    "OPENED",
    "OPEN_END",
    "OPEN_START",
    "PLAIN",
    "REFUSED",
    "REOPENED",
    "STANDINGS",
    "Built",
    "Codes",
]
