"""The staff of a casebook: found it, add and remove people, change and accept settings.

Each is an entry of the staff journal, signed by an admin (see ``journal.ops``). The derived files
for people and for ssh-keygen are made anew after each.
"""

from __future__ import annotations

import contextlib
import difflib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tipcase import files, git
from tipcase.casebook import config as config_file
from tipcase.casebook import derived, writing
from tipcase.casebook.book import HEAD, PINS, Book, own_files
from tipcase.casebook.change import found_case
from tipcase.casebook.commits import committing
from tipcase.casebook.config import Config
from tipcase.casebook.naming import called, check_handle
from tipcase.casebook.place import JOURNAL
from tipcase.casebook.staff_entry import commit, derive
from tipcase.casebook.writing import Act, NewFile
from tipcase.errors import ConflictError, NotFoundError, UsageError
from tipcase.journal import card as cards
from tipcase.journal.card import Card
from tipcase.journal.names import PROVIDER, ROLES
from tipcase.journal.roster import Roster
from tipcase.keyring.person import Person
from tipcase.keyring.trust import Trust

FOUNDER_ROLES = ("admin", "supervisor")


@dataclass(frozen=True)
class Colleague:
    """Somebody on the staff, as ``staff list`` shows them."""

    handle: str
    roles: tuple[str, ...]
    keys: str
    fingerprint: str


def card_of(person: Person) -> Card:
    """A person's card, signed by them."""
    return cards.make(person.handle, person.keys, person.recipient, person.signing_key)


def found(
    root: Path, home: Path, config: Config, person: Person, recovery: Person, time: str
) -> Book:
    """Make a casebook in an empty folder; its founder is admin and supervisor.

    Raises ``ConflictError`` when the folder holds something else than a fresh git repository. A
    failure leaves the folder as it was.
    """
    check_handle(person.handle)
    if person.keys != config.keys:
        raise UsageError(
            f"the identity has {person.keys} keys and the casebook would have {config.keys} ones",
            f"tipcase init DIR --name NAME --keys {person.keys}",
        )
    if root.exists() and (not root.is_dir() or any(p.name != ".git" for p in root.iterdir())):
        raise ConflictError(
            "the folder is not empty", "name a new folder: tipcase init DIR --name NAME"
        )
    trust = Trust(home, root)
    if trust.load(PINS) is not None:
        raise ConflictError(
            "this machine remembers another casebook in this folder",
            f"name another folder or, if that one is gone for good, move {trust.folder} away",
        )
    existed = root.exists()
    try:
        return _lay(root, home, config, person, recovery, time)
    except BaseException:
        # The failure itself is what the founder hears of.
        with contextlib.suppress(OSError):
            trust.forget()
            for path in [p for p in root.iterdir() if p.name != ".git"]:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            if not existed:
                root.rmdir()
        raise


def _lay(
    root: Path, home: Path, config: Config, person: Person, recovery: Person, time: str
) -> Book:
    """Write the first files of a casebook and the first entries of its staff and its provider."""
    with files.refusals("make the casebook"):
        (root / "staff" / JOURNAL).mkdir(parents=True)
        files.create(root / ".gitattributes", derived.GIT_ATTRIBUTES, 0o644)
        files.create(root / ".gitignore", derived.GIT_IGNORE, 0o644)
    book = Book(root, home)
    data = {
        "card": card_of(person).as_json(),
        "recovery": card_of(recovery).as_json(),
        "roles": list(FOUNDER_ROLES),
    }
    head = {HEAD: NewFile(config.encode())}
    with writing.locked(book.staff):
        writing.commit(book, book.staff, Act("init", data, head, (), ()), person, time)
    book = Book(root, home)
    derive(book)
    book.check()
    place = book.place(PROVIDER)
    with writing.locked(place):
        found_case(book, place, place, person, opened=time[:10], time=time)
    return Book(root, home)


def add(book: Book, card: Card, roles: Sequence[str], person: Person, time: str) -> Book:
    """Add somebody to the staff by their card."""
    check_handle(card.handle)
    _check_kind(book, card)
    if card.handle in book.roster.now:
        raise ConflictError(
            f"{card.handle} is on the staff already", "tipcase staff list shows everybody"
        )
    everyone = book.roster.everyone()
    had = {known.signing_key for known in everyone.get(card.handle, [])}
    if had and card.signing_key not in had:
        raise ConflictError(
            f"{card.handle} was the handle of somebody who left, whose cases go by it",
            "a new person, or one with a new key, chooses a new handle: tipcase keygen",
        )
    _check_own(book, card)
    data = {"card": card.as_json(), "roles": sorted(set(roles), key=ROLES.index)}
    return commit(book, "staff-add", data, {}, person, time)


def _check_kind(book: Book, card: Card) -> None:
    if card.keys != book.config.keys:
        raise UsageError(
            f"the card has {card.keys} keys and the casebook has {book.config.keys} ones",
            f"its owner makes a new identity: tipcase keygen --handle {card.handle} "
            f"--keys {book.config.keys}",
        )


def _check_own(book: Book, card: Card) -> None:
    """Refuse a card with a key that somebody else has or had: one key is one person."""
    for handle, known in book.roster.everyone().items():
        theirs = {key for c in known for key in (c.signing_key, c.recipient)}
        if handle != card.handle and theirs & {card.signing_key, card.recipient}:
            raise ConflictError(
                "a key of this card belongs to somebody else already",
                "each person makes a key of their own: tipcase keygen",
            )


def replace_keys(
    book: Book, card: Card, person: Person, time: str, *, dry_run: bool = False
) -> Book:
    """Put a new card of somebody on the staff in the place of the one they have.

    Their own is signed with the old identity; an admin may sign another's, and everybody is warned.
    """
    member = book.roster.now.get(card.handle)
    if member is None:
        raise NotFoundError(
            f"{card.handle} is not on the staff", "tipcase staff add CARD --role caseworker"
        )
    _check_kind(book, card)
    _check_own(book, card)
    if card == member.card:
        raise ConflictError(
            f"these are the keys that {card.handle} has already",
            f"make new ones in another folder: tipcase keygen --handle {card.handle}",
        )
    own = card.handle == person.handle
    data = {"card": card.as_json()}
    return commit(book, "keys", data, {}, person, time, own=own, dry_run=dry_run)


def replace_seed(book: Book, card: Card, person: Person, time: str) -> Book:
    """Put the card of a new recovery seed in the place of the one in force.

    An admin may sign it, and whoever holds the seed in force; everybody is warned of the first.
    """
    _check_kind(book, card)
    _check_own(book, card)
    return commit(book, "keys", {"card": card.as_json()}, {}, person, time)


def remove(book: Book, handle: str, person: Person, time: str, *, dry_run: bool = False) -> Book:
    """Remove somebody from the staff; what they wrote and is here counts, nothing later.

    The cases that they can open are taken away by ``leaving.take_away``.
    """
    if handle not in book.roster.now:
        who = called(book.roster.everyone(), handle)
        raise NotFoundError(f"{who} is not on the staff", "tipcase staff list shows everybody")
    admins = [h for h, member in book.roster.now.items() if "admin" in member.roles]
    if admins == [handle]:
        raise ConflictError(
            f"{handle} is the only admin", "add another admin first: tipcase staff add"
        )
    data = {"handle": handle, "seen": _seen(book, handle)}
    return commit(book, "staff-remove", data, {}, person, time, dry_run=dry_run)


def colleagues(roster: Roster) -> list[Colleague]:
    """Everybody on the staff, by handle."""
    return [
        Colleague(handle, tuple(sorted(m.roles)), m.card.keys, m.card.fingerprint)
        for handle, m in sorted(roster.now.items())
    ]


def change_settings(book: Book, changes: Mapping[str, str], person: Person, time: str) -> Book:
    """Change settings of the casebook, given as texts by name."""
    config = book.config
    for name, text in changes.items():
        config = config.with_setting(name, text)
    if config == book.config:
        return book
    previous = book.signed_files[HEAD]
    return commit(book, "settings", {}, {HEAD: NewFile(config.encode(), previous)}, person, time)


def replace_head(book: Book, head: Config, person: Person, time: str) -> Book:
    """Sign a head in the place of every one in force, also where that is one of them again."""
    new = NewFile(head.encode(), book.signed_files[HEAD])
    return commit(book, "settings", {}, {HEAD: new}, person, time)


def edited_files(book: Book) -> dict[str, bytes]:
    """What stands in the office's files that were edited by hand, by path; empty for one gone."""
    here = {path.relative_to(book.root).as_posix(): path for path in own_files(book.root)}
    return {
        path: files.read(here[path], f"read {path}") if path in here else b""
        for path in book.changed_files()
    }


def differences(book: Book, edited: Mapping[str, bytes]) -> str:
    """What was edited by hand in casebook.yaml and the office's own files, as a text diff."""
    shown: list[str] = []
    for path, data in edited.items():
        before: list[str] = []
        for digest in book.signed_files.get(path, ()):
            before = (book.trust.kept(digest) or b"").decode("utf-8", "replace").splitlines()
        after = data.decode("utf-8", "replace").splitlines()
        shown += difflib.unified_diff(before, after, f"signed/{path}", f"now/{path}", lineterm="")
    return "\n".join(shown)


def accept(
    book: Book, person: Person, time: str, edited: Mapping[str, bytes] | None = None
) -> Book:
    """Sign what was edited by hand in casebook.yaml and the office's own files.

    ``edited`` is what an admin has looked at (``edited_files``): ``ConflictError`` when something
    else stands there now.
    """
    edited = edited_files(book) if edited is None else edited
    new = {}
    for path, data in edited.items():
        _acceptable(book, path, data)
        # What stands on disk is signed here because an admin has looked at it and says so.
        new[path] = NewFile(data, book.signed_files.get(path, ()), found=files.sha256(data))
    if not new:
        return book
    return commit(book, "settings", {}, new, person, time)


def _acceptable(book: Book, path: str, data: bytes) -> None:
    """Refuse an edit that no casebook can have."""
    if not data and files.exists(book.root / path):
        raise UsageError(
            f"{path} is empty", "an empty file stands for one that is gone: remove the file"
        )
    if path != HEAD:
        return
    if not data:
        raise NotFoundError("casebook.yaml is gone", "take it back from git")
    if config_file.decode(data).keys != book.config.keys:
        raise UsageError(
            "the kind of keys of a casebook cannot change",
            f"write keys: {book.config.keys} into casebook.yaml again",
        )


def start_repository(book: Book, person: Person, time: str) -> bool:
    """Make the casebook a git repository with a first commit; False where it is in one already.

    The commit holds what the casebook believes, and nothing else that stands in its folder.
    """
    if git.top_level(book.root) is not None:
        return False
    git.start(book.root)
    committing.commit(book, person.handle, time, words="casebook init\n")
    return True


def _seen(book: Book, handle: str) -> dict[str, list[str]]:
    """The heads of every case in which somebody wrote, as they stand here."""
    from tipcase.casebook.place import read_lines
    from tipcase.journal.graph import Graph

    seen: dict[str, list[str]] = {}
    for case in (*book.case_ids(), PROVIDER):
        journals = book.place(case).journals()
        if handle in journals:
            graph = Graph(s for lines in read_lines(journals) for s in lines.entries)
            heads = graph.heads(range(len(graph.order)))
            if heads:
                seen[case] = list(heads)
    return seen
