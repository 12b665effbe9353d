"""The team of a case: who can open it from now on, and what somebody could read until then.

To grant is to wrap the identities of a case to one more person; to revoke, or to rekey, is to make
new ones for those who stay. Nothing takes back what somebody could read: what they had, they may
have kept. Recipients of people come from the roster. Who holds no restricted identity makes none:
then the restricted one stays until somebody who holds it makes new keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tipcase.casebook import change, wraps, writing
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.naming import called
from tipcase.casebook.reencrypt import Moves, move
from tipcase.casebook.reencrypt import name_of as name_of
from tipcase.casebook.revision import recipients
from tipcase.casebook.wraps import ORDINARY, RESTRICTED, CaseKeys, NewGeneration
from tipcase.errors import ConflictError, NotFoundError, TipcaseError, UsageError
from tipcase.journal.casefold import CaseFold
from tipcase.journal.names import RECOVERY
from tipcase.journal.ops import OPS
from tipcase.keyring.person import Person


@dataclass(frozen=True)
class Readable:
    """What somebody could open of a case, by the names of its records."""

    ordinary: tuple[str, ...] = ()
    restricted: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many records."""
        return len(self.ordinary) + len(self.restricted) + len(self.named)


@dataclass(frozen=True)
class Granted:
    """Who of those named was given keys, who had them all already, who still lacks some.

    ``lacking`` are those of them whom older keys stay closed to, as the granter lacks these.
    """

    case: str
    handles: tuple[str, ...]
    unchanged: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rekeyed:
    """What new keys of a case did.

    ``readable`` says of each who was revoked what they could open; ``moved`` are the records that
    were encrypted anew, ``left`` those that stay under older keys, ``errors`` why some of these
    could not be moved. ``restricted`` says whether the restricted identity is new too.
    """

    case: str
    revoked: tuple[str, ...]
    readable: Mapping[str, Readable]
    moved: tuple[str, ...]
    left: tuple[str, ...]
    restricted: bool
    errors: tuple[TipcaseError, ...] = field(default=())


def grant(
    book: Book,
    case_id: str,
    handles: Sequence[str],
    person: Person,
    time: str,
    *,
    restricted: bool = False,
    dry_run: bool = False,
) -> Granted:
    """Open a case to people: all its generations that the granter holds, wrapped to each.

    ``restricted`` gives the restricted identity too; who had it keeps it. Granting again heals: it
    wraps what somebody lacks, and anew what is wrapped to keys that they have replaced.
    """
    check_grantable(book, handles)
    with change.editing(book, case_id, person, "grant") as case:
        keys = CaseKeys(case.place, case.fold, person)
        keys.identities(ORDINARY)
        sees = person.handle == RECOVERY or case.fold.team[person.handle]
        if restricted:
            keys.identities(RESTRICTED)
        to = recipients(book, book.roster.now)
        team: list[dict[str, object]] = []
        made: list[dict[str, str]] = []
        contents: dict[str, bytes] = {}
        lacking = []
        for handle in handles:
            wanted = restricted or handle == RECOVERY or case.fold.team.get(handle, False)
            allowed = wanted and sees
            before = len(made)
            for kind in (ORDINARY, RESTRICTED) if allowed else (ORDINARY,):
                for generation, identity in keys.held(kind):
                    key = (generation.name, handle, kind)
                    if key not in case.fold.wraps or key in case.fold.stale:
                        wraps.add(made, contents, key, identity, to[handle])
                if keys.lacks(kind):
                    lacking.append(handle)
            if len(made) > before or handle not in case.fold.team:
                team.append({"handle": handle, "restricted": allowed})
        given = tuple(str(item["handle"]) for item in team)
        if team and not dry_run:
            data = {"team": team, "wraps": made}
            change.commit(case, "grant", data, {}, person, time, contents)
    unchanged = tuple(handle for handle in handles if handle not in given)
    return Granted(case_id, given, unchanged, tuple(dict.fromkeys(lacking)))


def check_grantable(book: Book, handles: Sequence[str]) -> None:
    """Refuse people whom no case can be opened to."""
    if len(set(handles)) < len(handles):
        raise UsageError("a handle stands twice", "name each person once")
    for handle in handles:
        member = book.roster.now.get(handle)
        if handle == RECOVERY:
            continue
        if member is None:
            raise NotFoundError(
                f"{called(book.roster.everyone(), handle)} is not on the staff",
                "tipcase staff list shows who is; tipcase staff add CARD --role caseworker",
            )
        if not member.roles & OPS["put"].roles:
            raise UsageError(
                f"{handle} has no role that opens cases: {', '.join(sorted(member.roles))}",
                "cases open to supervisors and caseworkers",
            )


def revoke(
    book: Book,
    case_id: str,
    handles: Sequence[str],
    person: Person,
    time: str,
    *,
    reencrypt: bool = False,
    dry_run: bool = False,
) -> Rekeyed:
    """Take a case away from people: new keys for those who stay, in one signed entry.

    Records move to the new keys when they are saved next, all at once with ``reencrypt``.
    """
    with change.editing(book, case_id, person, "revoke") as case:
        _check_revocable(case, handles)
        stay = {h: r for h, r in case.fold.team.items() if h not in handles}
        readable = {handle: could_read(case, handle) for handle in handles}
        new, moves = _new_keys(case, stay, person, frozenset(handles), reencrypt=reencrypt)
        data = {"handles": sorted(handles), **_data(new)}
        _write(case, "revoke", data, new, moves, person, None if dry_run else time)
        return _done(case, new, moves, readable)


def rekey(
    book: Book,
    case_id: str,
    person: Person,
    time: str,
    *,
    reencrypt: bool = False,
    dry_run: bool = False,
) -> Rekeyed:
    """Make new keys of a case for its team; records move at their next save, or all at once."""
    with change.editing(book, case_id, person, "rekey") as case:
        new, moves = _new_keys(case, case.fold.team, person, frozenset(), reencrypt=reencrypt)
        _write(case, "rekey", _data(new), new, moves, person, None if dry_run else time)
        return _done(case, new, moves, {})


def _check_revocable(case: Case, handles: Sequence[str]) -> None:
    if len(set(handles)) < len(handles):
        raise UsageError("a handle stands twice", "name each person once")
    if RECOVERY in handles:
        raise UsageError(
            "the recovery seed stays on the team of every case",
            "a used or lost seed is replaced: tipcase recover --new-seed",
        )
    for handle in handles:
        if handle not in case.fold.team:
            who = called(case.book.roster.everyone(), handle)
            raise NotFoundError(
                f"{who} is not on the team of {case.id}",
                f"tipcase status {case.id} shows the team",
            )
    if not set(supervisors(case)) - set(handles):
        raise ConflictError(
            f"nobody would be left who supervises {case.id}",
            f"open it to another supervisor first: tipcase grant {case.id} HANDLE --restricted",
        )


def supervisors(case: Case) -> tuple[str, ...]:
    """Those of the team who may change it, by handle."""
    staff = case.book.roster.now
    roles = {handle: staff[handle].roles for handle in case.fold.team if handle in staff}
    return tuple(sorted(handle for handle, has in roles.items() if "supervisor" in has))


def _new_keys(
    case: Case,
    team: Mapping[str, bool],
    person: Person,
    dropped: frozenset[str],
    *,
    reencrypt: bool,
) -> tuple[NewGeneration, Moves]:
    """A new generation for a team, and the records encrypted to it where that is asked for."""
    book, fold = case.book, case.fold
    keys = CaseKeys(case.place, fold, person)
    keys.identities(ORDINARY)
    sees = fold.team[person.handle]
    if sees:
        # Also who lacks the newest restricted identity may make the next one.
        keys.identities(RESTRICTED)
    people = recipients(book, book.roster.now)
    working = {handle: team[handle] for handle in team if handle not in fold.gone}
    kept = None if sees else _kept(fold)
    new = wraps.make(book.config.keys, working, people, kept)
    if not reencrypt:
        return new, Moves({}, (), _names(fold, (ORDINARY, RESTRICTED)), ())
    return new, move(case, keys, new.generation, people, dropped)


def _kept(fold: CaseFold) -> str:
    """The restricted recipient that stays where somebody makes keys who holds none."""
    return (fold.sealing_of(RESTRICTED) or fold.generations[-1]).restricted


def _data(new: NewGeneration) -> dict[str, object]:
    made = new.generation
    return {
        "generation": {
            "name": made.name,
            "ordinary": made.ordinary,
            "restricted": made.restricted,
        },
        "wraps": list(new.wraps),
    }


def _write(
    case: Case,
    op: str,
    data: Mapping[str, object],
    new: NewGeneration,
    moves: Moves,
    person: Person,
    time: str | None,
) -> None:
    """Write the entry; without a time only what was staged for it is cleared away."""
    if time is None:
        writing.discard(case.place, moves.files)
    else:
        change.commit(case, op, data, moves.files, person, time, new.files)


def _done(
    case: Case, new: NewGeneration, moves: Moves, readable: Mapping[str, Readable]
) -> Rekeyed:
    known = {generation.restricted for generation in case.fold.generations}
    return Rekeyed(
        case.id,
        tuple(sorted(readable)),
        readable,
        moves.moved,
        moves.left,
        new.generation.restricted not in known,
        moves.errors,
    )


# -- what somebody could read --


def could_read(case: Case, handle: str) -> Readable:
    """The records that somebody's keys of a case open, as the journal tells; no key is needed."""
    fold = case.fold
    kinds = {kind for _, holder, kind in fold.wraps if holder == handle}
    named = [
        path
        for path, versions in fold.current.items()
        if any(isinstance(v.sealed_to, tuple) and handle in v.sealed_to for v in versions)
    ]
    return Readable(
        _names(fold, (ORDINARY,)) if ORDINARY in kinds else (),
        _names(fold, (RESTRICTED,)) if RESTRICTED in kinds else (),
        tuple(map(name_of, named)),
    )


def _names(fold: CaseFold, kinds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        name_of(path)
        for path, versions in fold.current.items()
        if any(version.sealed_to in kinds for version in versions)
    )
