"""A whole case at once: every record that somebody can open, as the law reads it.

The folder is opened once and all records in it are read, since a batch has thousands of cases;
what is not as it should be is then looked at again, file by file, which says what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tipcase import files
from tipcase.casebook import record as records
from tipcase.casebook.lockstep import Steps, alone
from tipcase.casebook.merge.choices import disputed
from tipcase.casebook.naming import RECORD_SUFFIX, record_name
from tipcase.casebook.wraps import ORDINARY, CaseKeys, NeedToKnowError
from tipcase.errors import ConflictError, DamagedError, TipcaseError
from tipcase.law import Dossier, Record

if TYPE_CHECKING:
    from tipcase.casebook.case import Case, Unread
    from tipcase.keyring.person import Person


def read(case: Case, person: Person) -> tuple[Dossier, list[Unread]]:
    """What ``Case.read_all`` gives."""
    return alone(steps(case, person))


def steps(case: Case, person: Person) -> Steps[tuple[Dossier, list[Unread]]]:
    """What ``Case.read_all`` gives, in steps: keys, files, their plaintexts, the records."""
    from tipcase.casebook.case import Unread

    keys = CaseKeys(case.place, case.fold, person)
    # First, also where nothing is written yet: no key at all is not need-to-know.
    keys.identities(ORDINARY)
    yield
    named = list(case.paths())
    names, contents = _contents(case)
    unread = [*case.journal_damage()]
    unread += [Unread("unsigned", error) for error in _unsigned(case, names, named)]

    def say(record_type: str, tag: str | None, error: TipcaseError) -> None:
        # A key that is gone shuts many records and is said once.
        if all(item.error.sentence != error.sentence for item in unread):
            unread.append(Unread(record_name(record_type, tag), error))

    yield
    opened = []
    for path, record_type, tag in named:
        try:
            opened.append((record_type, tag, case.decrypt(path, keys, contents.pop(path, b""))))
        except NeedToKnowError:
            continue
        except TipcaseError as error:
            say(record_type, tag, error)
    yield
    found = []
    for record_type, tag, plaintext in opened:
        try:
            content = records.decode(plaintext, case.id)
            open_ = disputed(content.header.conflicts)
            found.append(Record(record_type, tag, content.data, disputed=open_))
        except TipcaseError as error:
            say(record_type, tag, error)
    return _dossier(case, found, {kind for _, kind, _ in named}), unread


def _contents(case: Case) -> tuple[list[str], dict[str, bytes]]:
    """The names of the record files in a case's folder, sorted, and the bytes of each."""
    try:
        found = files.read_all(str(case.place.root), RECORD_SUFFIX, "read the records of a case")
    except TipcaseError:
        # One of them is no file, or the machine refuses it: the others can still be read.
        names = files.names(case.place.root, "look into the folder of a case")
        return [name for name in names if name.endswith(RECORD_SUFFIX)], {}
    return list(found), found


def _unsigned(
    case: Case, names: Iterable[str], named: Iterable[tuple[str, str, str | None]]
) -> Iterator[TipcaseError]:
    """Record files in the folder that no entry names: never believed, always said."""
    known = {path for path, _, _ in named}
    for name in names:
        if name not in known:
            if case.written_meanwhile():
                yield meanwhile(case.id)
            else:
                yield DamagedError(
                    f"a file of {case.id} is named in no journal, or takes another record's place",
                    "run tipcase verify to see its name",
                )


def meanwhile(case: str) -> ConflictError:
    """What is said where somebody wrote to a case while it was read."""
    return ConflictError(f"{case} was written to while it was read", "run the command again")


def _dossier(case: Case, found: list[Record], written: set[str]) -> Dossier:
    fold = case.fold
    return Dossier(
        case=case.id,
        opened=fold.opened,
        stage=fold.stage,
        phase=fold.phase,
        state="open" if fold.open else "closed",
        stage_states=case.stage_states(written),
        records=tuple(found),
    )
