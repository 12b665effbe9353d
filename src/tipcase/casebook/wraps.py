"""The identities of a case, wrapped to each person of its team: made, and opened again.

Recipients of people come from the roster, never from a listing of ``keys/``; an identity that does
not yield the recipient that the journal signs is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tipcase import age, files
from tipcase.casebook.place import Place
from tipcase.errors import DamagedError, NoKeyError, NotFoundError
from tipcase.journal.fold import CaseFold
from tipcase.journal.ops import generation_name
from tipcase.journal.tally import Generation
from tipcase.keyring.person import Person

ORDINARY, RESTRICTED = "ordinary", "restricted"


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
    return f"keys/{generation}/{handle}{middle}.age"


def make(keys: str, team: Mapping[str, bool], recipients: Mapping[str, str]) -> NewGeneration:
    """New identities of a case, wrapped to a team.

    ``team`` says of each handle whether it gets the restricted identity; ``recipients`` holds the
    people's age recipients as the roster has them.
    """
    identities = {ORDINARY: age.generate(keys), RESTRICTED: age.generate(keys)}
    ordinary, restricted = (str(identities[k].recipient) for k in (ORDINARY, RESTRICTED))
    name = generation_name(ordinary, restricted)
    wraps, contents = [], {}
    for handle, sees_restricted in sorted(team.items()):
        recipient = age.parse_recipient(recipients[handle])
        for kind in (ORDINARY, RESTRICTED) if sees_restricted else (ORDINARY,):
            data = age.encrypt(f"{identities[kind]}\n".encode("ascii"), [recipient])
            contents[wrap_path(name, handle, kind)] = data
            wraps.append(
                {"generation": name, "handle": handle, "kind": kind, "sha256": files.sha256(data)}
            )
    return NewGeneration(Generation(name, ordinary, restricted), tuple(wraps), contents)


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
                raise NeedToKnowError(
                    "this record is sealed to other people", "ask one of them: tipcase log CASE"
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
                "--identity FILE",
            ) from None
        identities = age.parse_identities(text)
        expected = generation.restricted if kind == RESTRICTED else generation.ordinary
        if len(identities) != 1 or str(identities[0].recipient) != expected:
            raise DamagedError(
                f"a key of {self._fold.case} is not the one that its journal names",
                "run tipcase verify; do not write to this case",
            )
        return identities[0]


def believed_wrap(place: Place, path: str, signed: frozenset[str]) -> bytes:
    """The bytes of a wrap, if they are what the journal signed."""
    target = place.root / path
    for candidate in (target, *(files.pending_path(target, digest) for digest in sorted(signed))):
        try:
            data = files.read(candidate, "read a key of the case")
        except NotFoundError:
            continue
        if files.sha256(data) in signed:
            return data
        raise DamagedError(
            f"{path} of {place.case} is not the key that its journal names: it was replaced",
            "run tipcase verify; take the file back from git",
        )
    raise DamagedError(
        f"{path} of {place.case} is gone", "run tipcase verify; take the file back from git"
    )
