"""The identities of a case, wrapped to each person of its team: made, and opened again.

Recipients of people come from the roster, never from a listing of ``keys/``; an identity that does
not yield the recipient that the journal signs is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tipcase import age, files
from tipcase.casebook.naming import KEYS
from tipcase.casebook.place import REPAIR, Place
from tipcase.errors import (
    ConflictError,
    DamagedError,
    NoKeyError,
    NotFoundError,
    TipcaseError,
)
from tipcase.journal.fold import CaseFold
from tipcase.journal.names import RECOVERY
from tipcase.journal.ops import generation_name
from tipcase.journal.tally import Generation, WrapKey
from tipcase.keyring.person import Person

ORDINARY, RESTRICTED = "ordinary", "restricted"
FOLDER = KEYS


class NeedToKnowError(NoKeyError):
    """A record or a key that is meant for others: nothing is wrong with it."""


@dataclass(frozen=True)
class NewGeneration:
    """A fresh pair of identities with its wraps: journal data, and the files to write."""

    generation: Generation
    wraps: tuple[dict[str, str], ...]
    files: Mapping[str, bytes] = field(repr=False)


def wrap_path(generation: str, handle: str, kind: str) -> str:
    """Where a wrap stands in its case: ``keys/<generation>/cw1.age``."""
    middle = ".restricted" if kind == RESTRICTED else ""
    return f"{FOLDER}/{generation}/{handle}{middle}.age"


def make(
    keys: str,
    team: Mapping[str, bool],
    recipients: Mapping[str, str],
    restricted: str | None = None,
) -> NewGeneration:
    """New identities of a case, wrapped to a team.

    ``team`` says of each handle whether it gets the restricted identity; ``recipients`` holds the
    people's age recipients as the roster has them. ``restricted`` is the recipient of an older
    restricted identity that stays: whoever holds none may not make one, and wraps none.
    """
    identities = {ORDINARY: age.generate(keys)}
    if restricted is None:
        identities[RESTRICTED] = age.generate(keys)
        restricted = str(identities[RESTRICTED].recipient)
    ordinary = str(identities[ORDINARY].recipient)
    name = generation_name(ordinary, restricted)
    wraps: list[dict[str, str]] = []
    contents: dict[str, bytes] = {}
    for handle, sees_restricted in sorted(team.items()):
        for kind, identity in identities.items():
            if kind == ORDINARY or sees_restricted:
                add(wraps, contents, (name, handle, kind), identity, recipients[handle])
    return NewGeneration(Generation(name, ordinary, restricted), tuple(wraps), contents)


def add(
    wraps: list[dict[str, str]],
    contents: dict[str, bytes],
    key: WrapKey,
    identity: Any,
    recipient: str,
) -> None:
    """Wrap an identity to one person: what the journal will say of it, and its bytes by path."""
    data = age.encrypt(f"{identity}\n".encode("ascii"), [age.parse_recipient(recipient)])
    generation, handle, kind = key
    contents[wrap_path(generation, handle, kind)] = data
    wraps.append(
        {"generation": generation, "handle": handle, "kind": kind, "sha256": files.sha256(data)}
    )


class CaseKeys:
    """The identities of a case that one person can open, opened when they are first needed."""

    def __init__(self, place: Place, fold: CaseFold, person: Person) -> None:
        self._place = place
        self._fold = fold
        self._person = person
        self._opened: dict[tuple[str, str], Any] = {}

    def identities(self, sealed_to: str | tuple[str, ...] | None) -> list[Any]:
        """The identities that may open something sealed like this, the newest first.

        Raises ``NoKeyError`` when the person holds none of them.
        """
        if isinstance(sealed_to, tuple):
            if self._person.handle not in sealed_to:
                others = ", ".join(handle for handle in sealed_to if handle != RECOVERY)
                raise NeedToKnowError(
                    "this record is sealed to other people",
                    f"ask one of them ({others or 'the recovery seed'}): "
                    f"tipcase log {self._fold.case}",
                )
            return [self._person.identity]
        kind = RESTRICTED if sealed_to == RESTRICTED else ORDINARY
        found = [
            identity
            for generation in reversed(self._fold.generations)
            if (identity := self._open(generation, kind)) is not None
        ]
        if not found:
            self._refuse(kind)
        return found

    def held(self, kind: str) -> Iterator[tuple[Generation, Any]]:
        """Every generation of which the person holds this identity, the oldest first."""
        for generation in self._fold.generations:
            identity = self._open(generation, kind)
            if identity is not None:
                yield generation, identity

    def lacks(self, kind: str) -> bool:
        """Whether some identity of this kind is in no wrap of the person's."""
        held = {generation.recipient(kind) for generation, _ in self.held(kind)}
        return any(g.recipient(kind) not in held for g in self._fold.generations)

    def unopened(self, path: str, sealed_to: str | tuple[str, ...] | None) -> TipcaseError:
        """Why none of the person's identities opens a file that should be open to them."""
        case, handle = self._fold.case, self._person.handle
        if isinstance(sealed_to, tuple):
            return NoKeyError(
                f"{path} of {case} names {handle}, and this identity does not open it",
                "after new keys, somebody else whom it names saves it again; else ask its writer: "
                f"tipcase log {case}",
            )
        if self.lacks(RESTRICTED if sealed_to == RESTRICTED else ORDINARY):
            return NoKeyError(
                f"{path} of {case} is sealed to keys that leave {handle} out",
                f"ask a supervisor of the case: tipcase grant {case} {handle}",
            )
        # Not need-to-know: its writer says that these keys open it.
        return DamagedError(
            f"{path} of {case} is not sealed to the keys that its entry names",
            f"tipcase log {case} shows who wrote it: ask them",
        )

    def check_writable(self, kind: str) -> None:
        """Refuse to write where the person could not open what they write.

        Raises ``NoKeyError`` where they hold no key of this kind at all, ``ConflictError`` where
        the newest keys are open to somebody outside the team or leave the person out. Without this
        a member could make keys that only they can open, and all others would write to them.
        """
        self.identities(kind)
        generation = self._fold.sealing_of(kind)
        case = self._fold.case
        if generation is None:
            raise ConflictError(
                f"every {kind} key of {case} is open to somebody outside its team",
                "somebody who holds such a key makes new ones before anything is written: "
                f"tipcase rekey {case}",
            )
        wanted = generation.recipient(kind)
        if not any(held.recipient(kind) == wanted for held, _ in self.held(kind)):
            raise ConflictError(
                f"the newest keys of {case} leave {self._person.handle} out",
                f"make new ones for the whole team: tipcase rekey {case}",
            )

    def _refuse(self, kind: str) -> None:
        if self._person.handle not in self._fold.team:
            raise NoKeyError(
                f"{self._person.handle} is not on the team of {self._fold.case}",
                "ask a supervisor of the case to open it for you",
            )
        refusal = NeedToKnowError if kind == RESTRICTED else NoKeyError
        raise refusal(
            f"{self._person.handle} holds no {kind} key of {self._fold.case}",
            "ask a supervisor of the case for it",
        )

    def _open(self, generation: Generation, kind: str) -> Any:
        key = (generation.name, kind)
        if key not in self._opened:
            self._opened[key] = self._unwrap(generation, kind)
        return self._opened[key]

    def _unwrap(self, generation: Generation, kind: str) -> Any:
        signed = self._fold.wraps.get((generation.name, self._person.handle, kind))
        if not signed:
            return None
        path = wrap_path(generation.name, self._person.handle, kind)
        data = believed_wrap(self._place, path, signed)
        try:
            text = age.decrypt(data, [self._person.identity]).decode("ascii", "replace")
        except age.NoMatchError:
            raise NoKeyError(
                f"this identity is not the one that {self._fold.case} was opened to",
                f"name the identity of {self._person.handle} that the casebook knows: "
                "--identity FILE; after new keys a supervisor opens the case again: "
                f"tipcase grant {self._fold.case} {self._person.handle}",
            ) from None
        try:
            identities = age.parse_identities(text)
        except age.AgeError:
            identities = []
        expected = generation.restricted if kind == RESTRICTED else generation.ordinary
        if len(identities) != 1 or not identities[0].recipient.is_in(expected):
            raise DamagedError(
                f"a key of {self._fold.case} is not the one that its journal names",
                "run tipcase verify; do not write to this case",
            )
        return identities[0]


def believed_wrap(place: Place, path: str, signed: frozenset[str]) -> bytes:
    """The bytes of a wrap, if they are what the journal signed."""
    for candidate in _candidates(place.root / path, signed):
        try:
            data = files.read(candidate, "read a key of the case")
        except NotFoundError:
            continue
        if files.sha256(data) in signed:
            return data
        raise DamagedError(
            f"{path} of {place.case} is not the key that its journal names: it was replaced",
            f"run tipcase verify; {REPAIR}",
        )
    raise DamagedError(f"{path} of {place.case} is gone", f"run tipcase verify; {REPAIR}")


def _candidates(target: Path, signed: frozenset[str]) -> Iterator[Path]:
    """Where a wrap may stand: under its name, or where an unfinished write left it."""
    yield target
    for digest in sorted(signed):
        yield files.pending_path(target, digest)
