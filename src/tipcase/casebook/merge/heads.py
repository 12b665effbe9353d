"""What an admin signs (casebook.yaml, schemas, templates) after git joined two sides of it.

Settings are joined field by field and signed by an admin; where two admins chose differently, what
was in force before stays until one of them says so again. Schemas and templates are text, and
which text is meant is for an admin to say: until then one of the signed versions is in force, never
what git put together, and never conflict marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tipcase import files
from tipcase.casebook import config as config_file
from tipcase.casebook import derived, staff
from tipcase.casebook.book import HEAD, Book
from tipcase.casebook.config import Config
from tipcase.casebook.merge import threeway
from tipcase.casebook.merge.conflicts import steps_of
from tipcase.casebook.merge.objects import Objects
from tipcase.casebook.place import has_marks
from tipcase.errors import NoKeyError, NotFoundError, TipcaseError
from tipcase.keyring.person import Person

GIT_FILES = {".gitattributes": derived.GIT_ATTRIBUTES, ".gitignore": derived.GIT_IGNORE}
_OWN = ("name", "edition", "keys")


@dataclass(frozen=True)
class Put:
    """What was done to one signed file (no path: nothing), and what people should know."""

    path: str | None
    done: str = ""
    warnings: tuple[str, ...] = ()


def settle(
    book: Book, objects: Objects, person: Callable[[], Person], time: str, *, dry_run: bool
) -> Iterator[Put]:
    """Put in force what is signed, and join the settings of two admins."""
    for path, signed in sorted(book.signed_files.items()):
        if _restore(book, objects, path, signed, dry_run=dry_run):
            yield Put(path, "restored")
        elif path in objects.unmerged:
            yield Put(path, "joined")
        if len(signed) > 1 and path == HEAD:
            yield _join(Book(book.root, book.home), objects, signed, person, time, dry_run)
        elif len(signed) > 1:
            yield Put(None, warnings=(_two(path),))


def _two(path: str) -> str:
    return (
        f"{path} has two signed versions, and one of them is in force: an admin puts them together "
        "(git log --patch shows both), then tipcase settings --accept"
    )


def _restore(
    book: Book, objects: Objects, path: str, signed: tuple[str, ...], *, dry_run: bool
) -> bool:
    """Bring a signed version back where git left something else; an admin's own edit stays."""
    target = book.root / path
    try:
        data = files.read(target)
    except NotFoundError:
        data = None
    if data is not None and files.sha256(data) in signed:
        return False
    joined = path in objects.unmerged or len(signed) > 1
    if data is not None and not (joined or has_marks(data) or objects.holds(target)):
        return False
    gone = files.sha256(b"")
    for digest in sorted(signed):
        found = None if digest == gone else book.trust.kept(digest) or objects.find(path, digest)
        if found is not None:
            if not dry_run:
                with files.refusals("put a signed file back"):
                    target.parent.mkdir(parents=True, exist_ok=True)
                    files.replace(target, found, 0o644)
            return True
    return False


def _join(
    book: Book,
    objects: Objects,
    signed: tuple[str, ...],
    person: Callable[[], Person],
    time: str,
    dry_run: bool,
) -> Put:
    """One casebook.yaml out of two, signed, where whoever is at hand is an admin."""
    known = [book.trust.kept(digest) or objects.find(HEAD, digest) for digest in signed]
    if not all(known):
        return Put(None, warnings=("a signed version of casebook.yaml is not here: git fetch",))
    sides = [
        threeway.Side(_plain(data), digest, "", digest)
        for data, digest in zip(known, signed, strict=True)
    ]
    who = "an admin joins the settings of casebook.yaml, which two admins changed apart: "
    try:
        joined = threeway.merge(_base(book, objects, signed), sides)
        warnings = tuple(_disputed(steps_of(one.field)[0]) for one in joined.conflicts)
        head = _config(joined.data)
        admin = person()
        if not dry_run:
            staff.replace_head(book, head, admin, time)
    except NoKeyError:
        return Put(None, warnings=(who + "tipcase merge",))
    except TipcaseError as error:
        return Put(None, warnings=(f"{who}{error.sentence}",))
    return Put(HEAD, "merged", warnings)


def _disputed(name: str) -> str:
    own = name in _OWN
    change = (
        "edit casebook.yaml, then tipcase settings --accept"
        if own
        else (f"tipcase settings {name}=VALUE")
    )
    return f"two admins changed {name} apart, and what was in force before stays: {change}"


def _plain(data: bytes | None) -> dict[str, Any]:
    """A head as fields: its settings by their own names, which hold dots."""
    head = config_file.decode(data or b"")
    return {"name": head.name, "edition": head.edition, "keys": head.keys, **head.settings}


def _config(fields: dict[str, Any]) -> Config:
    settings = {name: value for name, value in fields.items() if name not in _OWN}
    return Config(fields["name"], fields["edition"], fields["keys"], settings)


def _base(book: Book, objects: Objects, signed: tuple[str, ...]) -> dict[str, Any]:
    """What was in force before two admins parted: the newest version that both had seen."""
    graph = book.roster.graph
    wrote = {
        graph.number[entry.id]: version.sha256
        for entry in book.roster.entries
        for version in entry.entry.files
        if version.path == HEAD
    }
    tips = [max(at for at, digest in wrote.items() if digest == one) for one in signed]
    common = [at for at in wrote if all(graph.has_seen(tip, at) for tip in tips)]
    for at in common:
        if not any(graph.has_seen(other, at) for other in common):
            digest = wrote[at]
            data = book.trust.kept(digest) or objects.find(HEAD, digest)
            if data is not None:
                return _plain(data)
    raise NotFoundError("the version that both build on is not here", "git fetch --all")
