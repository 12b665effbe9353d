"""Many cases opened at once from one list: a rescue, with the facts that all share written once.

A list is one YAML document::

    opened: 2026-01-05              the day the cases were opened; else the one that is given
    link: same-rescue               what each is to each other; left out, nobody is linked
    shared:                         by record type, laid under each person's own
      profile: {nationality: VN}
    people:                         one entry a case
      - profile: {full_name: …}

A person's own value wins over the shared one; groups of fields are laid over field by field, lists
and honest unknowns whole. Everything is typed and judged before the first case is opened.

Cases are opened first and written to afterwards, each in one signed entry, because the links name
all of them. Whoever goes on after a crash gives the ids of the first run in their order: a case is
not opened twice, and a record that it has already is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from tipcase import documents
from tipcase.casebook import change, intake, links, revision
from tipcase.casebook.book import Book
from tipcase.casebook.links import Link
from tipcase.errors import NotFoundError, UsageError
from tipcase.keyring.person import Person
from tipcase.law.findings import Finding, Text

if TYPE_CHECKING:
    from tipcase.law import Edition

_KEYS = ("opened", "link", "shared", "people")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A slip that repeats a whole list must not open a thousand cases that nobody can take back.
MOST = 500

_UNKNOWN_KEY = Text("there is a word here that a list does not have", "មានពាក្យមួយដែលបញ្ជីមិនមាន")
_NO_PEOPLE = Text("the list names nobody", "បញ្ជីនេះគ្មានឈ្មោះអ្នកណាទេ")
_TOO_MANY = Text(f"a list holds no more than {MOST} people", f"បញ្ជីមួយមានមនុស្សមិនលើសពី {MOST} នាក់")
_NOT_A_GROUP = Text("must name record types, each with its fields", "ត្រូវមានឈ្មោះប្រភេទកំណត់ត្រា និងចន្លោះ")
_NO_TYPE = Text("there is no record type of this name", "គ្មានប្រភេទកំណត់ត្រាឈ្មោះនេះទេ")
_NO_DAY = Text("must be a full date, as 2026-01-05", "ត្រូវជាកាលបរិច្ឆេទពេញ ដូចជា 2026-01-05")
_NO_KIND = Text(
    "must be a kind of link that is the same from both sides",
    "ត្រូវជាប្រភេទទំនាក់ទំនងដែលដូចគ្នាពីភាគីទាំងពីរ",
)


@dataclass(frozen=True)
class Group:
    """A list that was read: for each person the content of every record, typed; and its faults."""

    opened: str | None
    link: str | None
    people: tuple[Mapping[str, Mapping[str, Any]], ...] = field(repr=False)
    findings: tuple[Finding, ...]


def read(edition: Edition, text: str | bytes) -> Group:
    """Read and judge a list; every fault is reported, by the number of the person."""
    tree = documents.read(text).tree
    found: list[Finding] = []
    for name in tree:
        if name not in _KEYS:
            found.append(_fault("list", "", _UNKNOWN_KEY, "the words are " + ", ".join(_KEYS)))
    opened = _opened(tree.get("opened"), found)
    link = _link(edition, tree.get("link"), found)
    shared = _records(edition, tree.get("shared", {}), "shared", found)
    # What is wrong with the shared facts is said once, not once a person.
    said = {(f.record, f.field, f.rule) for f in _judged(edition, shared, "shared", found)}
    people = []
    for number, own in enumerate(_people(tree.get("people"), found), 1):
        records = _records(edition, own, f"person {number}", found)
        laid = _laid_over(records, shared)
        own_faults: list[Finding] = []
        people.append(dict(_typed(edition, laid, f"person {number}", own_faults)))
        found += [f for f in own_faults if (f.record, f.field, f.rule) not in said]
    return Group(opened, link, tuple(people), tuple(found))


def _fault(who: str, record: str, message: Text, hint: str = "", place: str = "") -> Finding:
    return Finding(who, record, place, "", "blocks", message, "list", Text(hint, hint))


def _opened(value: Any, found: list[Finding]) -> str | None:
    if value is None:
        return None
    try:
        if not isinstance(value, str) or _DAY.fullmatch(value) is None:
            raise ValueError
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        found.append(_fault("list", "opened", _NO_DAY))
        return None


def _link(edition: Edition, value: Any, found: list[Finding]) -> str | None:
    if value is None:
        return None
    known = [kind for kind, inverse in links.kinds(edition).items() if kind == inverse]
    if not isinstance(value, str) or value not in known:
        found.append(_fault("list", "link", _NO_KIND, "one of: " + ", ".join(known)))
        return None
    return str(value)


def _people(value: Any, found: list[Finding]) -> list[Any]:
    people = value if isinstance(value, list) else []
    if not people:
        found.append(_fault("list", "people", _NO_PEOPLE))
    if len(people) > MOST:
        found.append(_fault("list", "people", _TOO_MANY))
        return []
    return people


def _records(edition: Edition, value: Any, who: str, found: list[Finding]) -> dict[str, Any]:
    """The records that somebody has, by type; what is none is said and left out."""
    if not isinstance(value, Mapping):
        found.append(_fault(who, "", _NOT_A_GROUP))
        return {}
    records: dict[str, Any] = {}
    for name, content in value.items():
        try:
            intake.record_type(edition, name, who)
        except (NotFoundError, UsageError) as error:
            # The name is not repeated: what was typed in its place can be what a record says.
            found.append(_fault(who, "", _NO_TYPE, error.hint))
            continue
        if isinstance(content, Mapping):
            records[name] = content
        else:
            found.append(_fault(who, name, _NOT_A_GROUP))
    return records


def _laid_over(own: Any, shared: Any) -> Any:
    """A person's own facts over the shared ones, field by field."""
    if not isinstance(own, Mapping) or not isinstance(shared, Mapping):
        return own
    if "unknown" in own or "unknown" in shared:
        return own
    laid = documents.Mapping((key, shared[key]) for key in shared if key not in own)
    merged = {key: _laid_over(value, shared.get(key)) for key, value in own.items()}
    return documents.Mapping([*laid.items(), *merged.items()])


def _judged(
    edition: Edition, records: Mapping[str, Any], who: str, found: list[Finding]
) -> list[Finding]:
    faults: list[Finding] = []
    for _ in _typed(edition, records, who, faults):
        pass
    found += faults
    return faults


def _typed(
    edition: Edition, records: Mapping[str, Any], who: str, found: list[Finding]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind, content in records.items():
        draft = intake.draft(edition, kind, content, who)
        found += draft.findings
        yield kind, documents.plain(draft.data)


# -- writing --


def fits(group: Group, before: Sequence[str]) -> None:
    """Refuse ids of an earlier run that are more than the people, or stand twice."""
    if len(before) > len(group.people) or len(set(before)) < len(before):
        raise UsageError(
            "the ids of the earlier run do not fit the list",
            "give the ids that it printed, one a line, in the order of the list",
        )


def open_all(
    book: Book,
    group: Group,
    person: Person,
    *,
    opened: str,
    clock: Callable[[], str],
    before: Sequence[str] = (),
    born: Callable[[str], None] = lambda _case: None,
    step: Callable[[], None] = lambda: None,
) -> tuple[str, ...]:
    """Open a case for each person and write what the list says; the ids in the list's order.

    ``before`` are the ids that an earlier run opened for the first people; ``born`` hears of each
    new case as soon as it stands, ``step`` of each opening and each writing. ``clock`` gives the
    time of each entry.
    """
    fits(group, before)
    # Before anything is opened anew: a slip in the ids must not double the others.
    for case, records in zip(before, group.people, strict=False):
        with change.editing(book, case, person) as found:
            if {kind for _, kind, _ in found.paths()} - records.keys() - {links.RECORD}:
                raise UsageError(
                    f"{case} holds records that its person in the list has not",
                    "give the ids that the list's earlier run printed, in the order of the list",
                )
    ids = list(before)
    for _ in range(len(before)):
        step()
    for _ in group.people[len(before) :]:
        case = change.new_case(book, person, opened=opened, time=clock())
        ids.append(case)
        born(case)
        step()
    for case, records in zip(ids, group.people, strict=True):
        kind = group.link
        others = [Link(other, kind) for other in ids if other != case] if kind else []
        _fill(book, case, records, others, person, clock())
        step()
    return tuple(ids)


def _fill(
    book: Book,
    case: str,
    records: Mapping[str, Mapping[str, Any]],
    others: Sequence[Link],
    person: Person,
    time: str,
) -> None:
    """Write a case's records and links in one entry; records that it has already stay."""
    with change.editing(book, case, person) as found:
        have = {kind for _, kind, _ in found.paths()}
        contents: dict[str, Any] = {k: dict(v) for k, v in records.items() if k not in have}
        if others:
            profile = contents.get(links.RECORD)
            if profile is None:
                profile = intake.existing(found, links.RECORD, None, person)
            if links.add(profile, others):
                contents[links.RECORD] = profile
        new = {}
        for kind, content in contents.items():
            # Once more through the intake: the links' items want their ids too.
            data = intake.draft(book.edition, kind, content, case).data
            path, sealed, written = revision.seal(found, kind, None, data, person)
            if written.changed:
                new[path] = sealed
        if new:
            change.commit(found, "put", {}, new, person, time)
