"""The table of operations: where each may stand, which roles may do it, what data it carries.

All operations of format 1 stand here from the start, also those whose commands come later, so
that every tipcase judges every journal alike. An operation that is not in the table stops the
case that it stands in, and only that one.

Roles are a set: ``admin`` rules the roster and not the cases, ``supervisor`` and ``caseworker``
work on the cases whose team they are on, ``auditor`` verifies everything and opens nothing.
``recovery`` is the handle of the printed seed: it may sign roster entries and ``grant`` anywhere.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tipcase.journal.entry import DATE, HASH, Entry, EntryError, UnknownEntryError
from tipcase.journal.names import CASE_ID, HANDLE, KEY_KINDS, PROVIDER, ROLES, STAFF

STATES = ("not-applicable", "done-elsewhere", "open")
WRAP_KINDS = ("ordinary", "restricted")

_WORD = re.compile(r"[a-z][a-z0-9-]{0,40}\Z")
_NAME = re.compile(r"[0-9a-f]{16}\Z")
_CODE = re.compile(r"[A-Z][A-Za-z0-9-]{0,15}\Z")
_RECIPIENT = re.compile(r"age1[a-z0-9]{20,4000}\Z")
_PUBLIC_KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]{60,80}={0,2}\Z")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,400}={0,2}\Z")

# The files that entries of a case, and of the staff, may vouch for. Wraps and journals are not
# among them: a wrap is signed by the data of its entry, and nobody writes another's journal.
_RECORDS = re.compile(r"[a-z0-9-]+\.yaml\.age\Z|(?:attachments|aside)/[a-z0-9]+\.age\Z")
_HEADS = re.compile(r"casebook\.yaml\Z|(?:schemas|templates)/.+\Z")

Check = Callable[[Any], bool]


def _text(pattern: re.Pattern[str]) -> Check:
    match = pattern.match
    return lambda value: isinstance(value, str) and match(value) is not None


def _one_of(*values: Any) -> Check:
    # By type too: 1 is no True.
    allowed = {(type(value), value) for value in values}
    kinds = {type(value) for value in values}
    return lambda value: type(value) in kinds and (type(value), value) in allowed


def _maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _each(check: Check, least: int = 1) -> Check:
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(check, value))


def _mapping(**checks: Check) -> Check:
    keys, tests = checks.keys(), tuple(checks.items())
    return lambda value: (
        isinstance(value, dict)
        and value.keys() == keys
        and all(check(value[key]) for key, check in tests)
    )


def _seen(value: Any) -> bool:
    """Whether a value is ``{case: [entry id, …]}``: of each case, the heads that somebody saw."""
    return isinstance(value, dict) and all(
        (case == PROVIDER or CASE_ID.match(case) is not None) and _each(_text(HASH))(heads)
        for case, heads in value.items()
    )


_integer: Check = lambda value: type(value) is int and 0 <= value < 1000  # noqa: E731 - as its kin
_flag = _one_of(True, False)
_decision = _maybe(_text(HASH))
_roles = _each(_one_of(*ROLES))
_team = _each(_mapping(handle=_text(HANDLE), restricted=_flag))
_pair = _mapping(name=_text(_NAME), ordinary=_text(_RECIPIENT), restricted=_text(_RECIPIENT))


def kind_of(recipient: str) -> str:
    """The kind of keys of an age recipient, by how its line begins."""
    return "hybrid" if recipient.startswith("age1pq1") else "x25519"


def generation_name(ordinary: str, restricted: str) -> str:
    """The name of a generation: a hash of its two recipients, so that nobody reuses one."""
    return hashlib.sha256(f"{ordinary}\n{restricted}\n".encode("ascii")).hexdigest()[:16]


def _generation(value: Any) -> bool:
    return _pair(value) and value["name"] == generation_name(value["ordinary"], value["restricted"])


_wraps = _each(
    _mapping(
        generation=_text(_NAME),
        handle=_text(HANDLE),
        kind=_one_of(*WRAP_KINDS),
        sha256=_text(HASH),
    ),
    least=0,
)
_card_fields = _mapping(
    format=_one_of(1),
    handle=_text(HANDLE),
    keys=_one_of(*KEY_KINDS),
    recipient=_text(_RECIPIENT),
    signing_key=_text(_PUBLIC_KEY),
    signature=_text(_BASE64),
)


def is_card(value: Any) -> bool:
    """Whether a value has the form of a card (its signature is ``card.read``'s to check)."""
    return _card_fields(value) and (kind_of(value["recipient"]) == value["keys"])


_card = is_card


def _day(value: Any) -> bool:
    """Whether a value is a day that the calendar has, as an ISO date."""
    try:
        return _text(DATE)(value) and bool(date.fromisoformat(value))
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Op:
    """One operation: the journals it may stand in, the roles that may do it, its data."""

    where: frozenset[str]
    roles: frozenset[str]
    data: Mapping[str, Check]
    # Whether the signer must be on the team of the case; `new` counts by roster role alone.
    team: bool = True
    # Whether the recovery identity may do it, on whatever roster and case.
    recovery: bool = False
    # What the paths of the files that it writes look like; None where it writes none.
    files: re.Pattern[str] | None = None


_STAFF = frozenset({STAFF})
_CASE = frozenset({"case", PROVIDER})
_WORKERS = frozenset({"supervisor", "caseworker"})
_SUPERVISORS = frozenset({"supervisor"})
_ADMINS = frozenset({"admin"})
_EVERYONE = frozenset(ROLES)


def _work(**data: Check) -> Op:
    return Op(_CASE, _WORKERS, data, files=_RECORDS)


OPS: Mapping[str, Op] = {
    "init": Op(
        _STAFF,
        _ADMINS,
        {"card": _card, "recovery": _card, "roles": _roles},
        team=False,
        files=_HEADS,
    ),
    "staff-add": Op(_STAFF, _ADMINS, {"card": _card, "roles": _roles}, team=False, recovery=True),
    "staff-remove": Op(
        _STAFF, _ADMINS, {"handle": _text(HANDLE), "seen": _seen}, team=False, recovery=True
    ),
    "keys": Op(_STAFF, _EVERYONE, {"card": _card}, team=False, recovery=True),
    "settings": Op(_STAFF, _ADMINS, {}, team=False, recovery=True, files=_HEADS),
    "new": Op(
        _CASE,
        _WORKERS,
        {
            "opened": _day,
            "stage": _text(_WORD),
            "number": _integer,
            "phase": _maybe(_text(_WORD)),
            "team": _team,
            "generation": _generation,
            "wraps": _wraps,
        },
        team=False,
    ),
    # It may seal records to other keys of the people whom they name: the seed does, after a loss.
    "grant": Op(
        _CASE,
        _SUPERVISORS,
        {"team": _team, "wraps": _wraps},
        recovery=True,
        files=_RECORDS,
    ),
    "revoke": Op(
        _CASE,
        _SUPERVISORS,
        {"handles": _each(_text(HANDLE)), "generation": _maybe(_generation), "wraps": _wraps},
        files=_RECORDS,
    ),
    "rekey": _work(generation=_generation, wraps=_wraps),
    "put": _work(),
    "attach": _work(),
    "advance": _work(
        **{"from": _text(_WORD)},
        stage=_text(_WORD),
        number=_integer,
        phase=_maybe(_text(_WORD)),
        complete=_flag,
        decision=_decision,
    ),
    "skip": _work(stage=_text(_WORD), state=_one_of(*STATES), decision=_decision),
    # confirm: whether a second person must confirm before the case counts as closed.
    "close": _work(decision=_text(HASH), confirm=_flag),
    "confirm": _work(entry=_text(HASH)),
    "reopen": _work(
        stage=_text(_WORD), number=_integer, phase=_maybe(_text(_WORD)), decision=_text(HASH)
    ),
    "merge": _work(),
    "adopt": _work(entries=_each(_text(HASH))),
    "print": _work(form=_text(_CODE), decision=_decision),
    "share": _work(decision=_text(HASH)),
}


def check(entry: Entry) -> Op:
    """The row of the table for an entry; ``EntryError`` when op, place or data do not fit."""
    op = OPS.get(entry.op)
    if op is None:
        raise UnknownEntryError("an entry does something that this tipcase does not know")
    place = entry.case if entry.case in (STAFF, PROVIDER) else "case"
    if place not in op.where:
        raise EntryError("an entry stands in a journal where its kind has no place")
    data = entry.data
    if data.keys() != op.data.keys():
        raise EntryError("an entry has not the data of its kind")
    if data and not all(test(data[key]) for key, test in op.data.items()):
        raise EntryError("an entry has data of the wrong form")
    if (entry.casebook is None) != (entry.op == "init"):
        raise EntryError("an entry does not say which casebook it belongs to")
    if entry.files and any(op.files is None or not op.files.match(v.path) for v in entry.files):
        raise EntryError("an entry vouches for a file that its kind does not write")
    if data.get("wraps") and not _wraps_fit(data):
        raise EntryError("an entry brings keys that are not its own to give")
    return op


def _wraps_fit(data: Mapping[str, Any]) -> bool:
    """Whether the wraps of an entry are those that its kind may bring.

    A new generation is wrapped by the entry that makes it, once for each person and kind; only
    ``grant`` wraps older ones, and only for those whom it names.
    """
    keys = [(wrap["generation"], wrap["handle"], wrap["kind"]) for wrap in data["wraps"]]
    if len(set(keys)) < len(keys):
        return False
    if "generation" in data:
        made = data["generation"]
        return made is not None and all(generation == made["name"] for generation, _, _ in keys)
    given = {item["handle"]: item["restricted"] for item in data["team"]}
    return all(
        handle in given and (kind == "ordinary" or given[handle]) for _, handle, kind in keys
    )
