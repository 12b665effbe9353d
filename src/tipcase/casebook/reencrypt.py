"""The records of a case encrypted anew, to other keys: the same plaintext, byte for byte.

What is not believed, or not open to whoever does it, is left as it is and said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tipcase import age
from tipcase.casebook import record as records
from tipcase.casebook.attachments import sealed_file
from tipcase.casebook.case import Case
from tipcase.casebook.naming import parse_record_file, record_name
from tipcase.casebook.wraps import ORDINARY, RESTRICTED, CaseKeys, NeedToKnowError
from tipcase.casebook.writing import NewFile
from tipcase.errors import TipcaseError
from tipcase.journal.tally import Generation, Version


@dataclass(frozen=True)
class Moves:
    """Files encrypted anew by their path, the names of those and of what was left, and why."""

    files: Mapping[str, NewFile] = field(repr=False)
    moved: tuple[str, ...]
    left: tuple[str, ...]
    errors: tuple[TipcaseError, ...]


def move(
    case: Case,
    keys: CaseKeys,
    generation: Generation,
    people: Mapping[str, str],
    dropped: frozenset[str],
) -> Moves:
    """Every record of a case, encrypted to a generation; named people lose those ``dropped``.

    ``people`` are the recipients of the staff and of the recovery seed.
    """
    known = {g.recipient(kind) for g in case.fold.generations for kind in (ORDINARY, RESTRICTED)}
    to = {
        kind: generation.recipient(kind)
        for kind in (ORDINARY, RESTRICTED)
        if generation.recipient(kind) not in known
    }
    files: dict[str, NewFile] = {}
    left: list[str] = []
    errors: list[TipcaseError] = []
    for path in case.fold.current:
        try:
            version = case.current(path)
            target = _target(version, to, people, dropped)
            if target is not None:
                files[path] = resealed(case, keys, path, version, *target)
            elif version.sealed_to == RESTRICTED:
                left.append(path)
        except NeedToKnowError:
            left.append(path)
        except TipcaseError as error:
            left.append(path)
            errors.append(error)
    return Moves(files, tuple(map(name_of, files)), tuple(map(name_of, left)), tuple(errors))


def _target(
    version: Version,
    to: Mapping[str, str],
    people: Mapping[str, str],
    dropped: frozenset[str],
) -> tuple[str | tuple[str, ...], list[str]] | None:
    """Whom a version will be sealed to, and their recipients; None where it stays as it is."""
    if isinstance(version.sealed_to, tuple):
        stay = tuple(h for h in version.sealed_to if h in people and h not in dropped)
        if stay == version.sealed_to:
            return None  # people's own keys, which a case's new ones do not concern
        return stay, [people[handle] for handle in stay]
    kind = RESTRICTED if version.sealed_to == RESTRICTED else ORDINARY
    return (kind, [to[kind]]) if kind in to else None


def resealed(
    case: Case,
    keys: CaseKeys,
    path: str,
    version: Version,
    sealed_to: str | tuple[str, ...],
    recipients: list[str],
) -> NewFile:
    """One file of a case encrypted anew: its plaintext stays as it is, whom it is open to not."""
    if sealed_file.is_attachment(path):
        # As large as a photograph or a film: streamed, never whole in memory.
        return sealed_file.resealed(case, path, keys, recipients, sealed_to)
    data = case.believed(path)
    try:
        plaintext = age.decrypt(data, keys.identities(version.sealed_to))
    except age.NoMatchError:
        raise keys.unopened(path, version.sealed_to) from None
    sealed = records.seal(plaintext, *recipients)
    return NewFile(sealed, (version.sha256,), sealed_to)


def name_of(path: str) -> str:
    """What people call a file of a case: a record by its name, another by its path."""
    parsed = parse_record_file(path)
    return record_name(*parsed) if parsed else path.removesuffix(".age")
