"""Links between cases: siblings, a mother and her child, people of one rescue.

A link lives in both sealed profiles and nowhere else: no plain file says who belongs together. What
kinds there are, and what each is seen from the other side, is the edition's data. Before anything
is written both cases are open and locked, always in the order of their ids, so that two people who
link the same cases never wait for each other. A crash between the two writes leaves one side: the
same command again completes it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tipcase import documents
from tipcase.casebook import change, intake
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.errors import FindingsError, NotFoundError, TipcaseError, UsageError
from tipcase.keyring.person import Person

if TYPE_CHECKING:
    from tipcase.law import Dossier, Edition

RECORD = "profile"
LIST, OTHER, KIND = "linked_cases", "linked_case", "link_kind"
_INVERSE = "x-tipcase-inverse"


class Link(NamedTuple):
    """What another case is to this one: its id, and the kind such as ``sibling``."""

    case: str
    kind: str


@dataclass(frozen=True)
class Seen:
    """A linked case as one person sees it.

    ``stage``, ``state`` and ``mutual`` (whether its own profile has the link too) are None where
    the person cannot open it.
    """

    link: Link
    stage: str | None = None
    state: str | None = None
    mutual: bool | None = None


def kinds(edition: Edition) -> Mapping[str, str]:
    """The kinds of links, each with what it is from the other side."""
    found: Any = {}
    if RECORD in edition.record_types:
        found = _annotation(edition.record_type(RECORD).schema["properties"].get(LIST))
    if not found:
        raise UsageError("this edition has no linked cases", f"tipcase schema {RECORD}")
    return {str(kind): str(inverse) for kind, inverse in found.items()}


def _annotation(node: Any) -> Mapping[str, Any]:
    """The annotation of inverses, wherever below the field it stands."""
    if isinstance(node, dict):
        if isinstance(node.get(_INVERSE), dict):
            found: Mapping[str, Any] = node[_INVERSE]
            return found
        node = list(node.values())
    if isinstance(node, list):
        return next(filter(None, map(_annotation, node)), {})
    return {}


def inverse(edition: Edition, kind: str) -> str:
    """What a kind is seen from the other side; ``NotFoundError`` names the kinds there are."""
    known = kinds(edition)
    if kind not in known:
        raise NotFoundError("there is no such kind of link", "one of: " + ", ".join(known))
    return known[kind]


def of_profile(data: Mapping[str, Any]) -> tuple[Link, ...]:
    """The links that a profile's data hold, in their order."""
    items = data.get(LIST)
    return tuple(
        Link(str(item[OTHER]), str(item.get(KIND)))
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and isinstance(item.get(OTHER), str)
    )


def add(tree: dict[str, Any], links: Iterable[Link]) -> bool:
    """Put links into a profile's tree, in place; whether any of them was not there yet."""
    here = of_profile(tree)
    new = [one for one in links if one not in here]
    if new:
        # An honest "nobody", written before anybody was found, gives way.
        items = tree.get(LIST)
        made = documents.kept(items if isinstance(items, list) else (), lambda *_: True)
        made.extend(documents.Mapping([(OTHER, one.case), (KIND, one.kind)]) for one in new)
        tree[LIST] = made
    return bool(new)


def take(tree: dict[str, Any], link: Link) -> bool:
    """Take a link out of a profile's tree, in place; whether it was there."""
    items = tree.get(LIST)
    if not isinstance(items, list) or not any(_matches(item, link) for item in items):
        return False
    left = documents.kept(items, lambda _, item: not _matches(item, link))
    if left:
        tree[LIST] = left
    else:
        del tree[LIST]
    return True


def _matches(item: Any, link: Link) -> bool:
    if not isinstance(item, dict) or item.get(OTHER) != link.case:
        return False
    return not link.kind or item.get(KIND) == link.kind


# -- writing --


@dataclass(frozen=True)
class Linked:
    """One side of a link that was written or taken away: the case, and whether it changed."""

    case: str
    other: str
    kind: str | None
    changed: bool


def link(
    book: Book, case: str, link: Link, person: Person, time: str, *, dry_run: bool = False
) -> tuple[Linked, ...]:
    """Write a link into both cases; what stands there already is left as it is."""
    back = Link(case, inverse(book.edition, link.kind))
    return _both(book, {case: link, link.case: back}, person, time, remove=False, dry_run=dry_run)


def unlink(
    book: Book,
    case: str,
    other: str,
    kind: str | None,
    person: Person,
    time: str,
    *,
    dry_run: bool = False,
) -> tuple[Linked, ...]:
    """Take a link out of both cases; without a kind, every link between the two."""
    back = inverse(book.edition, kind) if kind is not None else None
    sides = {case: Link(other, kind or ""), other: Link(case, back or "")}
    return _both(book, sides, person, time, remove=True, dry_run=dry_run)


def _both(
    book: Book,
    sides: Mapping[str, Link],
    person: Person,
    time: str,
    *,
    remove: bool,
    dry_run: bool,
) -> tuple[Linked, ...]:
    if len(sides) < 2:
        raise UsageError("a case is not linked to itself", "name two cases: tipcase link --help")
    with contextlib.ExitStack() as held:
        cases = {
            one: held.enter_context(change.editing(book, one, person)) for one in sorted(sides)
        }
        # Both are judged before either is written.
        drafts = {
            one: _changed(cases[one], sides[one], person, remove=remove) for one in sorted(sides)
        }
        for one, draft in drafts.items():
            if draft is not None and not dry_run:
                change.put(cases[one], RECORD, None, draft, person, time)
    return tuple(
        Linked(one, side.case, side.kind or None, drafts[one] is not None)
        for one, side in sides.items()
    )


def _changed(case: Case, link: Link, person: Person, *, remove: bool) -> Mapping[str, Any] | None:
    """The profile with the link added or taken away; None where nothing changes."""
    tree = intake.existing(case, RECORD, None, person)
    if not (take(tree, link) if remove else add(tree, [link])):
        return None
    draft = intake.draft(case.book.edition, RECORD, tree, case.id)
    if draft.findings:
        raise FindingsError(
            f"the {RECORD} of {case.id} has a fault that must be put right first",
            f"tipcase check {case.id}",
        )
    return draft.data


# -- looking --


def seen(book: Book, dossier: Dossier, person: Person) -> tuple[Seen, ...]:
    """The cases that a case is linked to, with how they stand where the person can open them."""
    profile = dossier.single(RECORD)
    if profile is None:
        return ()
    return tuple(_look(book, dossier.case, one, person) for one in of_profile(profile.data))


def _look(book: Book, case: str, link: Link, person: Person) -> Seen:
    try:
        other = Case(book, link.case)
        path = other.find(RECORD, None)
        there = of_profile(other.read(path, person).data) if path else ()
        if person.handle not in other.fold.team:
            return Seen(link)
    except TipcaseError:
        return Seen(link)  # not here, damaged or not theirs: other commands say which
    state = "open" if other.fold.open else "closed"
    return Seen(link, other.fold.stage, state, any(one.case == case for one in there))
