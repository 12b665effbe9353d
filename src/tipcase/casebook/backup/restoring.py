"""A casebook brought back from its archive: whole, under its own name at the end, or not at all.

Anybody can seal an archive to anybody: nothing in it is believed for being there. Names are held
to those of a casebook, every byte to ``SHA256SUMS``, and what the journals do not vouch for is
damage, as in any copy. Everything is built in a folder ``.new-…`` beside the place it goes to and
gets its name by one rename, after it was checked.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tipcase import age, files, git
from tipcase.casebook.backup.unpacking import BUNDLE, Restored, another, unpack
from tipcase.casebook.book import PINS, Book, find
from tipcase.casebook.place import read_lines
from tipcase.casebook.state import State
from tipcase.casebook.verification import verify
from tipcase.errors import ConflictError, DamagedError, MachineError, NotFoundError, UsageError
from tipcase.files import links
from tipcase.journal.names import PROVIDER
from tipcase.keyring.trust import Trust

_DOING = "restore the casebook"


@dataclass(frozen=True)
class Wanted:
    """What somebody asks for: where to, which casebook, and whether an older state will do."""

    target: Path
    home: Path
    casebook: str | None = None
    older: bool = False


def needs_passphrase(archive: IO[bytes]) -> bool:
    """Whether an archive is sealed to a passphrase; it is read from its beginning again."""
    begun = archive.read(200)
    archive.seek(0)
    return begun.startswith(b"age-encryption.org/v1\n-> scrypt ")


def look(archive: IO[bytes], identities: Iterable[age.Identity], wanted: Wanted) -> Restored:
    """Read an archive to its end and check it, writing nothing."""
    _may_stand(wanted.target)
    return unpack(archive, identities, wanted.casebook, None)


def restore(archive: IO[bytes], identities: Iterable[age.Identity], wanted: Wanted) -> Restored:
    """Bring a casebook back; its verdicts say whether it is whole.

    Raises ``DamagedError`` when the archive is not whole or not one of ours, ``ConflictError`` when
    it is another casebook than the one that is asked for, or an older state than this machine has
    seen in that place. Then nothing is kept.
    """
    _may_stand(wanted.target)
    new = _unborn(wanted.target)
    trust = Trust(wanted.home, new)
    try:
        lock = files.private_folder(trust.folder) / "restore.lock"
        with files.lock(lock, "the folder to restore into", 1), files.refusals(_DOING):
            _clear(new)
            try:
                restored = _build(archive, identities, wanted, new)
                _rename(new, wanted.target)
            except BaseException:
                with contextlib.suppress(OSError):
                    _clear(new)
                raise
    finally:
        # What was seen of a folder that has another name now.
        with contextlib.suppress(OSError):
            trust.forget()
    return restored


def _may_stand(target: Path) -> None:
    """Refuse a place where a casebook cannot come to stand."""
    if os.path.lexists(target) and not (files.is_plain_folder(target) and not os.listdir(target)):
        raise ConflictError(
            "something stands in that place already", "name a new folder: tipcase restore FILE DIR"
        )
    if not target.parent.is_dir():
        raise NotFoundError("there is no folder to restore into", "make it first, or name another")
    try:
        find(target.parent)
    except NotFoundError:
        return
    raise UsageError("that folder is inside a casebook", "name a folder elsewhere")


def _unborn(target: Path) -> Path:
    """The folder in which a casebook is built before it gets its name."""
    return target.parent / f".new-{files.sha256(os.fsencode(target.name))[:16]}"


def _clear(new: Path) -> None:
    """Delete what an earlier restore to the same place left when it was killed."""
    if os.path.lexists(new):
        links.remove_folder(new) if files.is_plain_folder(new) else new.unlink()


def _build(
    archive: IO[bytes], identities: Iterable[age.Identity], wanted: Wanted, new: Path
) -> Restored:
    new.mkdir(mode=0o700)
    restored = unpack(archive, identities, wanted.casebook, new)
    if restored.history:
        restored.history = _history(new, restored.branch)
    book = Book(new, wanted.home)
    restored.verdicts = verify.verify(book)
    proven = _proven(book)
    if proven not in (None, restored.casebook) or wanted.casebook not in (None, proven):
        raise another()
    _heed_pins(book, wanted)
    for folder, _, _ in os.walk(new):
        files.sync_folder(Path(folder))
    return restored


def _proven(book: Book) -> str | None:
    """The casebook's id as its first entry has it, whatever the archive says of itself."""
    try:
        return book.roster.casebook
    except DamagedError:
        return None


def _rename(new: Path, target: Path) -> None:
    if target.exists():
        target.rmdir()
    os.rename(new, target)
    files.sync_folder(target.parent)


def _heed_pins(book: Book, wanted: Wanted) -> None:
    """Refuse what this machine knows to be cut, unless an older state is what is wanted.

    Then what was seen there is laid aside, and the copy begins a new device.
    """
    seen = Trust(wanted.home, wanted.target)
    pins = seen.load(PINS)
    if pins is None:
        return
    if pins["casebook"] != _proven(book):
        raise ConflictError(
            "this machine remembers another casebook in that place", "name another folder"
        )
    state = State(seen)
    missing = sum(
        not set(state.pins(case)) <= _entries(book, case) for case in (*state.known(), PROVIDER)
    )
    here = {signed.id for lines in book.staff_lines for signed in lines.entries}
    if missing or not set(pins["heads"]) <= here:
        if not wanted.older:
            raise ConflictError(
                "this machine has seen newer entries there than the archive holds",
                "look for a newer archive, restore into another folder, or accept it: --older",
            )
        seen.folder.rename(seen.folder.with_name(f"{seen.folder.name}.{os.urandom(4).hex()}"))


def _entries(book: Book, case: str) -> set[str]:
    try:
        lines = read_lines(book.place(case).journals())
    except DamagedError:
        return set()
    return {signed.id for part in lines for signed in part.entries}


def _history(new: Path, branch: str | None) -> bool:
    """Make the folder a repository with the history of the archive; False where git refuses it.

    Objects are checked by git as those of a stranger. The files are not touched: they may be newer
    than the last commit, and then git shows them as changed.
    """
    bundle = new / BUNDLE
    here = ("--git-dir=.git", "--work-tree=.")
    # The bundle is a file of ours, and the only thing that is fetched from.
    quiet = ("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "protocol.file.allow=always")
    kinds = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    try:
        first = branch or "main"
        git.run(new, *here, "init", "--quiet", "--template=", f"--initial-branch={first}")
        git.run(
            new,
            *(*here, *quiet, "fetch", "--quiet", "--no-tags", "--update-head-ok"),
            *("--no-recurse-submodules", "--no-write-fetch-head", str(bundle.resolve()), *kinds),
        )
        # What comes in a bundle is checked by no setting of fetch before git 2.46.
        git.run(new, *here, "fsck", "--strict", "--no-dangling", "--no-progress")
        with contextlib.suppress(MachineError):  # a branch of that name may not be there
            git.run(new, *here, "read-tree", "HEAD")
    except MachineError:
        with contextlib.suppress(OSError):
            links.remove_folder(new / ".git")
        return False
    finally:
        bundle.unlink()
    return True
