"""A small casebook to attack, and what attackers can do to it.

Two people: ``cw1`` founded the book (admin and supervisor), ``cw2`` is a caseworker. One case of
cw1's with a profile, a health record (restricted) and two notes, everything of it pinned.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.copies import copied
from tipcase import age, git
from tipcase.casebook import change, staff, team
from tipcase.casebook import record as records
from tipcase.casebook.attachments import attachments
from tipcase.casebook.attachments.incoming import Incoming
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.casebook.config import Config
from tipcase.casebook.revision import Written
from tipcase.casebook.verification import verify
from tipcase.casebook.verification.verify import Verdict
from tipcase.errors import TipcaseError
from tipcase.journal.entry import Entry, FileVersion, Signed, sign
from tipcase.keyring import person as people
from tipcase.keyring import recovery
from tipcase.keyring.person import Person
from tipcase.keyring.trust import Trust

CANARY = "Canary Invented"
SECOND = "Other Invented"
_SEED = b"\x07" * 32
TIME = "2026-01-05T08:00:00Z"


@dataclass
class World:
    """One working copy of the book on one machine, with the people whose keys are there."""

    root: Path
    home: Path
    cw1: Person
    cw2: Person
    case_id: str

    @property
    def recovery(self) -> Person:
        return recovery.person(_SEED, self.cw1.keys)

    @property
    def folder(self) -> Path:
        return self.root / "cases" / self.case_id

    def book(self) -> Book:
        """The book as the next process would open it, checked as every command does."""
        book = Book(self.root, self.home)
        book.check()
        return book

    def case(self) -> Case:
        return Case(self.book(), self.case_id)

    def put(self, kind: str, data: Mapping[str, Any], tag: str | None = None) -> Written:
        with change.editing(self.book(), self.case_id, self.cw1) as case:
            return change.put(case, kind, tag, data, self.cw1, TIME)

    def read(self, kind: str, person: Person | None = None) -> dict[str, Any]:
        case = self.case()
        path = case.find(kind, None)
        assert path is not None
        return case.read(path, person or self.cw1).data

    def verdicts(self) -> dict[str, Verdict]:
        found = verify.verify(Book(self.root, self.home))
        return {verdict.case: verdict for verdict in found}

    def damage(self) -> list[str]:
        """Every sentence of damage that verify has; where the book does not open, that error."""
        try:
            return [text for verdict in self.verdicts().values() for text in verdict.damage]
        except TipcaseError as error:
            assert error.exit_code == 7, error.sentence
            return [error.sentence]

    def warnings(self) -> list[str]:
        return [text for verdict in self.verdicts().values() for text in verdict.warnings]

    def journal(self, handle: str = "cw1") -> Path:
        return self.folder / "journal" / f"{handle}.journal"

    def snapshot(self) -> dict[str, bytes]:
        """Every file of the book but the locks."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and path.name != ".lock"
        }

    def files(self) -> Iterator[Path]:
        for name in self.snapshot():
            yield self.root / name

    # -- what an attacker does --

    def forge(
        self, signer: Person, op: str, *, files: tuple[FileVersion, ...] = (), **fields: Any
    ) -> Signed:
        """A well-formed entry of the case, signed by whoever ``signer`` is, with fields changed."""
        case = self.case()
        entry = Entry(
            casebook=case.book.id,
            case=self.case_id,
            op=op,
            device="attacker2"[:8],
            seq=1,
            prev=None,
            parents=case.fold.heads,
            staff=tuple(case.book.roster.heads),
            time=TIME,
            signer=signer.handle,
            files=files,
            data=fields.pop("data", {}),
        )
        return sign(dataclasses.replace(entry, **fields), signer.signing_key)

    def plant(self, path: str, data: Mapping[str, Any], case_id: str | None = None) -> bytes:
        """A record sealed to the right key of the case, without an entry; returns its bytes."""
        case = self.case()
        header = records.Header("kh-2009", case_id or self.case_id, "0" * 32, 9)
        sealed = records.seal(records.encode(header, data), case.fold.generations[-1].ordinary)
        (self.folder / path).write_bytes(sealed)
        return sealed

    def append(self, signed: Signed, handle: str | None = None) -> None:
        with self.journal(handle or signed.entry.signer).open("ab") as stream:
            stream.write(signed.line)


def make(root: Path, home: Path, keys: str = "x25519") -> World:
    """Build the book of the module's docstring."""
    cw1, cw2 = (people.generate(handle, keys) for handle in ("cw1", "cw2"))
    config = Config("Example Shelter", "kh-2009", keys, {})
    book = staff.found(root, home, config, cw1, recovery.person(_SEED, keys), TIME)
    staff.add(book, staff.card_of(cw2), ["caseworker"], cw1, TIME)
    case_id = change.new_case(Book(root, home), cw1, opened="2026-01-05", time=TIME)
    world = World(root, home, cw1, cw2, case_id)
    world.put("profile", {"full_name": SECOND})
    world.put("profile", {"full_name": CANARY})
    world.put("health", {"happened_on": "2026-01-06", "summary": CANARY})
    for day in ("2026-01-07", "2026-01-08"):
        world.put("note", {"happened_on": day, "text": CANARY})
    assert not world.damage()
    return world


def fill(world: World) -> World:
    """The same book with every kind of file: two generations, a named record, an attachment."""
    book = world.book()
    team.grant(book, world.case_id, ["cw2"], world.cw1, TIME, restricted=True)
    team.revoke(world.book(), world.case_id, ["cw2"], world.cw1, TIME)
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        only = change.named(case.book, ["cw2"], world.cw1)
        complaint = {"happened_on": "2026-01-09", "summary": CANARY}
        change.put(case, "safeguarding", None, complaint, world.cw1, TIME, only=only)
    with change.editing(world.book(), world.case_id, world.cw1) as case:
        content = Incoming(io.BytesIO(CANARY.encode()))
        about = {"name": "scan.txt"}
        attachments.attach(case, ("health", None), content, about, world.cw1, TIME)
    assert not world.damage()
    return world


def copy(world: World, folder: Path) -> World:
    """The same working copy with all that its machine remembers, elsewhere."""
    root, home = folder / "book", folder / "machine"
    copied(world.root, root)
    copied(world.home, home)
    ours = home / "trust" / trust_name(world.root)
    if ours.exists():
        ours.rename(ours.with_name(trust_name(root)))
        before, after = Trust(world.home, world.root), Trust(home, root)
        for path in after.folder.glob("*.json"):
            # What is remembered of one folder says nothing of another: it is signed anew.
            after.save(path.stem, before.load(path.stem))
    return dataclasses.replace(world, root=root, home=home)


def trust_name(root: Path) -> str:
    return hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]


def wrap(identity: str, to: Person) -> bytes:
    return age.encrypt(f"{identity}\n".encode(), [age.parse_recipient(to.recipient)])


def commit_all(folder: Path, message: str, author: str) -> None:
    """Commit everything that .gitignore lets through, as somebody with git alone would."""
    who = ("-c", f"user.name={author}", "-c", f"user.email={author}@tipcase.invalid")
    git.run(folder, "add", "--all")
    git.run(folder, *who, "commit", "--quiet", "--message", message)
