"""What a case needs before it may be closed, as the tests of closing write it."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.conftest import Office

DAY = "2026-06-20"
_HEARD = {"seen": "yes", "basis": "canary-basis", "heard": ["survivor", "family"]}
SEEN: dict[str, Any] = {
    "reached": "met",
    "criteria": {one: dict(_HEARD) for one in "abc"}
    | {"d": {**_HEARD, "heard": ["survivor", "document"]}},
}
CLOSURE: dict[str, Any] = {
    "happened_on": "2026-06-15",
    "outcome": "successful",
    "criteria_proof": {one: {"judged": "met", "proof": "canary-proof"} for one in "abcd"},
    "survivor_consulted_on": "2026-06-09",
    "survivor_agrees_to_close": "yes",
    "prepared": {"survivor": True, "setbacks": "canary-setbacks"},
}


def closable(office: Office, **changes: Any) -> str:
    """Write the evidence and the closure record of a success; the record's name."""
    for day in ("2026-03-05", "2026-06-09"):
        office.put("follow-up", json.dumps({"happened_on": day, **SEEN}))
    return "closure/" + office.put("closure", json.dumps({**CLOSURE, **changes}))


def visits_ahead(office: Office) -> None:
    """Agree on two visits that still lie ahead."""
    days = [{"visit_on": "2026-08-11"}, {"visit_on": "2026-10-13"}]
    agreed = {"agreed_on": "2026-02-02", "survivor_agrees": "yes", "visits": days}
    trial = {"happened_on": "2026-02-02", "returned_to": "relatives", "visits_agreed": agreed}
    office.put("reintegration", json.dumps(trial))


def ops(office: Office) -> list[str]:
    """The operations of the case's journal, in order."""
    return [row["op"] for row in office.data("log", office.case)]


def records_of(office: Office, kind: str) -> list[str]:
    """The names of the case's records of a type."""
    rows = office.data("show", office.case)
    return [row["record"] for row in rows if row["record"].partition("/")[0] == kind]


def content(office: Office, name: str) -> dict[str, Any]:
    """What one record says."""
    found: dict[str, Any] = office.data("show", office.case, name)["content"]
    return found
