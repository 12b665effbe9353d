"""The recovery seed at work: a whole casebook brought back for one identity, and a seed replaced.

The seed may sign the staff and ``grant`` in any case, and nothing else. So it puts somebody in
charge and opens every case to them. With the same signature it seals anew what was sealed to named
people, unchanged, so that their new keys open it. Each step looks at what stands already: running
it again finishes what a crash left. A case that cannot be read stops nothing: it is listed.

A new seed takes the place of a used or lost one in the staff journal. Then every case gets new
keys, which the old seed does not open, and the new seed gets the older ones. **The old seed still
opens what was written before**, in any copy of the casebook.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tipcase.casebook import change, reencrypt, staff, staff_entry, team, writing
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.revision import recipients
from tipcase.casebook.wraps import ORDINARY, RESTRICTED, CaseKeys
from tipcase.casebook.writing import NewFile
from tipcase.errors import ConflictError, NoKeyError, TipcaseError, UsageError
from tipcase.journal.card import Card
from tipcase.journal.names import PROVIDER, RECOVERY
from tipcase.journal.roster import Roster
from tipcase.journal.tally import Version
from tipcase.keyring import recovery
from tipcase.keyring.person import Person

# What the recovered identity becomes on the staff: able to bring back everybody else.
ROLES = ("admin", "supervisor")
ADDED, REPLACED, THERE = "added", "keys-replaced", "there"

Step = Callable[[], None]


@dataclass(frozen=True)
class Failure:
    """A case that could not be done, and why."""

    case: str
    error: TipcaseError


@dataclass(frozen=True)
class Done:
    """What was done to the cases.

    ``changed`` are those that something was written to, ``unchanged`` those that needed nothing.
    ``left`` counts by case the records that are sealed to other people alone, ``named`` those of
    them that were opened to the person, or would be.
    """

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    left: tuple[tuple[str, int], ...]
    failed: tuple[Failure, ...]
    named: tuple[tuple[str, int], ...] = ()


# -- the seed --


def holder(book: Book, seed: bytes) -> Person:
    """The recovery identity of a seed; ``NoKeyError`` where it is not the one in force here."""
    person = recovery.person(seed, book.config.keys)
    cards = book.roster.everyone()[RECOVERY]
    if person.signing_key.public == book.roster.recovery.signing_key:
        return person
    if any(person.signing_key.public == card.signing_key for card in cards):
        raise NoKeyError(
            "this recovery seed was replaced by a newer one",
            "take the newest sheet; tipcase log staff shows when it was made",
        )
    raise NoKeyError(
        "this is the recovery seed of another casebook",
        f"compare the id on the sheet with this one: {book.id}",
    )


def plan(book: Book, person: Person) -> str:
    """What the staff journal needs for a person to be in charge; nothing is written.

    Raises ``ConflictError`` for somebody on the staff who may not change the team of a case.
    """
    member = book.roster.now.get(person.handle)
    if member is None:
        return ADDED
    if "supervisor" not in member.roles:
        raise ConflictError(
            f"{person.handle} is on the staff without the role of supervisor",
            "recover under a new handle: tipcase keygen --handle NEW-NAME; "
            "lost keys of one colleague are an admin's to replace: tipcase staff keys CARD",
        )
    return THERE if member.card == staff.card_of(person) else REPLACED


def recover(
    book: Book,
    seed: Person,
    person: Person,
    clock: Callable[[], str],
    *,
    named: bool = False,
    step: Step = lambda: None,
) -> tuple[Book, Done]:
    """Put a person in charge of a casebook and open every case to them.

    ``seed`` is what ``holder`` gives. Records that are sealed to named people open to somebody who
    was among them; to anybody else only with ``named``, or where the seed brought the person onto
    the staff.
    """
    need = plan(book, person)
    if need == ADDED:
        book = staff.add(book, staff.card_of(person), ROLES, seed, clock())
    elif need == REPLACED:
        book = staff.replace_keys(book, staff.card_of(person), seed, clock())
    else:
        # An earlier run may have been cut off right after its entry.
        book = staff_entry.finish(book, seed)
    everything = named or _by_seed(book, person)
    opened: list[tuple[str, int]] = []

    def bring(case: str) -> tuple[bool, int]:
        given = team.grant(book, case, [person.handle], seed, clock(), restricted=True)
        more = (person.handle,) if everything else ()
        before = _closed(Case(book, case), person)
        team_of = {"team": [{"handle": person.handle, "restricted": True}], "wraps": []}
        moved = _reseal(book, case, seed, ("grant", team_of), clock, more)
        after = _closed(Case(book, case), person)
        if before > after:
            opened.append((case, before - after))
        return bool(given.handles) or moved, after

    done = _batch(book, bring, step)
    return book, dataclasses.replace(done, named=tuple(opened))


def _by_seed(book: Book, person: Person) -> bool:
    """Whether it was the seed, and no admin, that brought somebody onto the staff."""
    member = book.roster.now[person.handle]
    return book.roster.graph.order[member.admitted].entry.signer == RECOVERY


def foresee(
    book: Book, seed: Person, person: Person, *, named: bool = False, step: Step = lambda: None
) -> Done:
    """What ``recover`` would open to a person, records sealed to named people too; writes nothing.

    Of every case it is seen whether the seed opens it.
    """
    everything = named or plan(book, person) == ADDED or _by_seed(book, person)
    done = examine(book, seed, step, person)
    return dataclasses.replace(done, left=(), named=done.left) if everything else done


def examine(
    book: Book, person: Person, step: Step = lambda: None, other: Person | None = None
) -> Done:
    """Whether somebody (a seed, too) opens every case with all keys of it; nothing is written.

    ``left`` counts what is closed to ``other``, as sealed to people without them.
    """

    def look(case: str) -> tuple[bool, int]:
        found = Case(book, case)
        keys = CaseKeys(found.place, found.fold, person)
        for kind in (ORDINARY, RESTRICTED):
            keys.identities(kind)
            if keys.lacks(kind):
                raise NoKeyError(
                    f"{person.handle} lacks {kind} keys of {case}",
                    f"a supervisor of it gives them: tipcase grant {case} {person.handle}",
                )
        return True, _closed(found, other) if other is not None else 0

    return _batch(book, look, step)


# -- a new seed --


def replace_seed(book: Book, new: Person, signer: Person, time: str) -> Book:
    """Put a new seed in the place of the one in force; an admin signs it, or the old seed."""
    return staff.replace_seed(book, staff.card_of(new), signer, time)


def finish(
    book: Book,
    person: Person,
    clock: Callable[[], str],
    *,
    step: Step = lambda: None,
    dry_run: bool = False,
) -> Done:
    """Give every case new keys that a replaced seed does not open, and the new seed all of them.

    What is sealed to named people opens to the new seed once one of them has run this: ``left``
    counts what waits for that.
    """

    def renew(case: str) -> tuple[bool, int]:
        found = Case(book, case)
        rekey = not _knows_seed(found)
        needed = rekey or any(key[1] == RECOVERY for key in found.fold.stale)
        needed = needed or (RECOVERY, RESTRICTED) in found.fold.left_out
        waiting = len(list(_outdated(found)))
        if dry_run:
            return needed or waiting > 0, 0
        if writing.pending_files(found.place):
            with change.editing(book, case, person):
                pass  # whoever takes the lock finishes what a crash left
        if rekey:
            team.rekey(book, case, person, clock())
        if needed:
            team.grant(book, case, [RECOVERY], person, clock())
        moved = waiting > 0 and _reseal(book, case, person, ("put", {}), clock)
        return needed or moved, len(list(_outdated(Case(book, case)))) if waiting else 0

    return _batch(book, renew, step)


def _knows_seed(case: Case) -> bool:
    """Whether the keys that a case writes to were made by somebody who knew the seed in force."""
    roster = case.book.roster
    made = {
        signed.entry.data["generation"]["name"]: signed.entry
        for signed in case.fold.entries
        if signed.entry.data.get("generation")
    }
    for kind in (ORDINARY, RESTRICTED):
        generation = case.fold.sealing_of(kind)
        if generation is None:
            return False
        seen = roster.graph.below(made[generation.name].staff) or 0
        if roster.recovery_as_of(seen) != roster.recovery:
            return False
    return True


# -- records that are sealed to named people --


def _reseal(
    book: Book,
    case_id: str,
    person: Person,
    act: tuple[str, Mapping[str, Any]],
    clock: Callable[[], str],
    more: tuple[str, ...] = (),
) -> bool:
    """Seal what is sealed to named people anew, where one of them has other keys by now.

    ``act`` is the operation that says so, with its data; ``more`` are added to those named. What
    the person does not open stays as it is. Whether anything was written.
    """
    if not any(True for _ in _outdated(Case(book, case_id), more)):
        return False
    people = recipients(book, book.roster.now)
    op, data = act
    with change.editing(book, case_id, person, op) as case:
        new: dict[str, NewFile] = {}
        keys = CaseKeys(case.place, case.fold, person)
        for path, version, named in _outdated(case, more):
            to = tuple(sorted({h for h in (*named, *more, RECOVERY) if h in people}))
            with contextlib.suppress(NoKeyError):
                new[path] = reencrypt.resealed(
                    case, keys, path, version, to, [people[handle] for handle in to]
                )
        if new:
            change.commit(case, op, data, new, person, clock())
    return bool(new)


def _outdated(
    case: Case, more: tuple[str, ...] = ()
) -> Iterator[tuple[str, Version, tuple[str, ...]]]:
    """What is sealed to named people of whom one has other keys by now, or lacks one of ``more``.

    A path with two versions waits until they are merged.
    """
    roster = case.book.roster
    entries = {signed.id: signed.entry for signed in case.fold.entries}
    for path, versions in case.fold.current.items():
        named = versions[0].sealed_to
        if len(versions) != 1 or not isinstance(named, tuple):
            continue
        seen = roster.graph.below(entries[versions[0].entry].staff) or 0
        moved = any(_card(roster, h, seen) != _card(roster, h, None) for h in named)
        if moved or not set(more) <= set(named):
            yield path, versions[0], named


def _card(roster: Roster, handle: str, seen: int | None) -> Card | None:
    """Somebody's card as a writer saw it who had seen these entries of the staff; None: as of now.

    Who left counts as unchanged: nothing is sealed to them any more.
    """
    now = roster.now.get(handle)
    if handle == RECOVERY:
        return roster.recovery if seen is None else roster.recovery_as_of(seen)
    if now is None:
        return None
    member = now if seen is None else roster.as_of(seen).get(handle, now)
    return member.card


def _closed(case: Case, person: Person) -> int:
    """How many records are sealed to named people without this person."""
    return sum(
        isinstance(version.sealed_to, tuple) and person.handle not in version.sealed_to
        for versions in case.fold.current.values()
        for version in versions
    )


# -- all cases --


def places(book: Book) -> list[str]:
    """Every case that is here or was seen here, and the provider's folder."""
    return [*book.all_case_ids(), PROVIDER]


def _batch(book: Book, work: Callable[[str], tuple[bool, int]], step: Step) -> Done:
    """Do something to every case, past those that fail."""
    changed: list[str] = []
    unchanged: list[str] = []
    left: list[tuple[str, int]] = []
    failed: list[Failure] = []
    for case in places(book):
        try:
            wrote, closed = work(case)
        except TipcaseError as error:
            if isinstance(error, UsageError):
                raise
            failed.append(Failure(case, error))
        else:
            (changed if wrote else unchanged).append(case)
            if closed:
                left.append((case, closed))
        step()
    return Done(tuple(changed), tuple(unchanged), tuple(left), tuple(failed))
