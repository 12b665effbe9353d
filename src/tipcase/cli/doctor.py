"""``doctor``: what is wrong on this machine or with this casebook, each with a fix."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.errors import NotFoundError, TipcaseError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.keyring.person import Person

app = application()

# A clock outside these years is a dead battery, not a date. The end is fixed on purpose: times in a
# journal cannot tell, since the same wrong clock may have written them. A release moves it on.
_YEARS = range(2026, 2036)
_OLDEST_GIT = (2, 28)  # `git init --initial-branch`
_SYNCED = ("dropbox", "onedrive", "google drive", "googledrive", "icloud", "nextcloud", "syncthing")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: whether it is well, what was seen, what to type if not."""

    name: str
    ok: bool
    seen: str
    fix: str = ""


@app.command()
def doctor(ctx: typer.Context) -> Result:
    """Check keys, pins, RAM folder, permissions, clock, git, tools (exit 3 if any is wrong)."""
    return examine(context_of(ctx))


def examine(context: Context) -> Result:
    """Everything that was looked at; a check that fails does not stop the rest."""
    checks: list[Check] = []
    for look in (_cryptography, _folders, _identity, _ram, _unlock, _clock, _tools, _casebook):
        checks += _safely(look, context)
    wrong = [check for check in checks if not check.ok]
    lines = [f"{'ok' if check.ok else 'WRONG':<6} {check.name}: {check.seen}" for check in checks]
    talk = [f"{check.name}: {check.fix}" for check in wrong]
    return Result(
        data=[
            {"check": c.name, "ok": c.ok, "seen": c.seen, "fix": c.fix if not c.ok else ""}
            for c in checks
        ],
        text=tuple(lines),
        talk=tuple(talk) or ("everything is well",),
        code=3 if wrong else 0,
    )


def _safely(look: Callable[[Context], Iterator[Check]], context: Context) -> list[Check]:
    found: list[Check] = []
    try:
        found.extend(look(context))
    except TipcaseError as error:
        name = look.__name__.strip("_")
        found.append(Check(name, False, error.sentence, error.hint or "tipcase verify"))
    return found


def _cryptography(context: Context) -> Iterator[Check]:
    """The library must be able to make both kinds of keys."""
    from tipcase import age

    for kind in ("x25519", "hybrid"):
        try:
            identity = age.generate(kind)
            good = age.decrypt(age.encrypt(b"test", [identity.recipient]), [identity]) == b"test"
        except Exception:
            # A build that lacks a cipher says so in many ways, and each is the answer.
            good = False
        seen = "works" if good else "this build of cryptography cannot do it"
        yield Check(f"{kind} keys", good, seen, "pip install --upgrade cryptography")


def _folders(context: Context) -> Iterator[Check]:
    """The person's own folder and everything secret in it must be theirs alone."""
    home = context.home
    if not home.exists():
        yield Check("own folder", True, f"{home} is not there yet: tipcase keygen makes it")
        return
    if sys.platform == "win32":
        yield Check("own folder", True, f"{home} (permissions are not looked at on Windows)")
        return
    secret = [home / "keys", home / "trust", *sorted((home / "keys").glob("*.txt"))]
    secret += [*sorted((home / "keys").glob("*.age")), home / "trust" / "machine.key"]
    open_to_others = [path for path in secret if path.exists() and path.stat().st_mode & 0o077]
    yield Check(
        "permissions",
        not open_to_others,
        f"{len(open_to_others)} of your secret files can be read by others"
        if open_to_others
        else f"{home} is yours alone",
        "chmod -R go= " + str(home),
    )


def _identity(context: Context) -> Iterator[Check]:
    """There must be an identity, and it should have a passphrase."""
    name, person = _own_identity(context)
    if person is None:
        yield Check("identity", True, f"{name}, protected by a passphrase")
    else:
        how = "unlocked" if name.endswith(".age") else "without a passphrase"
        yield Check("identity", True, f"{name} of {person.handle}, {how}")


def _own_identity(context: Context) -> tuple[str, Person | None]:
    """The name of the identity file at hand, and whose it is (None while it is locked)."""
    from tipcase import files, settings
    from tipcase.keyring import person as people
    from tipcase.keyring import unlocked

    path = context.identity_file(context.identity or settings.identity_named())
    data = files.read(path.resolve(), "read the identity")
    if people.is_protected(data):
        open_until = unlocked.read(context.home, context.now())
        return path.name, people.from_text(open_until.identity) if open_until else None
    return path.name, people.from_text(data.decode("utf-8", "replace"))


def _ram(context: Context) -> Iterator[Check]:
    """A folder in RAM keeps the unlocked identity and the editor's text off the disk."""
    from tipcase import settings

    folder = settings.ram_folder()
    yield Check(
        "folder in RAM",
        folder is not None,
        str(folder.parent) if folder else "none: what an editor shows stands on the disk",
        "use a machine with /dev/shm or XDG_RUNTIME_DIR, or an encrypted disk",
    )


def _unlock(context: Context) -> Iterator[Check]:
    """Whether an identity is unlocked, and who ends it (or would)."""
    from tipcase.cli.unlock import ENDS
    from tipcase.keyring import unlocked

    found = unlocked.read(context.home, context.now())
    if found is not None:
        shown = found.until.astimezone().strftime("%Y-%m-%d %H:%M")
        yield Check("unlock", True, f"unlocked until {shown}: {ENDS[found.enforcer]}")
        return
    enforcer = unlocked.enforcer_here()
    if enforcer is None:
        yield Check("unlock", True, "nothing can be unlocked on this machine")
    else:
        yield Check("unlock", True, f"nothing is unlocked; an end would hold so: {ENDS[enforcer]}")


def _clock(context: Context) -> Iterator[Check]:
    """The clock goes into journals; time decides nothing there, but people read it."""
    now = context.now()
    yield Check(
        "clock",
        now.year in _YEARS,
        now.strftime("%Y-%m-%d %H:%M UTC"),
        "set the machine's clock, then look at tipcase log CASE",
    )


def _tools(context: Context) -> Iterator[Check]:
    """Git is needed for keeping versions; age and ssh-keygen only for those who check by hand."""
    import shutil

    from tipcase import __version__, git

    yield Check("tipcase", True, f"{__version__}, Python {sys.version.split()[0]}")
    if not git.available():
        yield Check("git", False, "not installed", "install git, or work with --no-git")
        return
    found = git.version()
    numbers = tuple(int(part) for part in found.split(".")[:2] if part.isdigit())
    yield Check("git", numbers >= _OLDEST_GIT, found, "install git 2.28 or newer")
    for name in ("age", "ssh-keygen"):
        yield Check(name, True, "found" if shutil.which(name) else "not found (not needed)")


def _casebook(context: Context) -> Iterator[Check]:
    """The casebook: its signed files, the pins, the person's place on the staff, git's view."""
    try:
        root = context.root
    except NotFoundError:
        if context.casebook is not None:
            raise
        yield Check("casebook", True, "not in one")
        return
    book = context.unchecked_book
    changed = book.changed_files()
    yield Check(
        "casebook",
        not changed,
        f"edited by hand: {', '.join(changed)}" if changed else str(root),
        "tipcase settings --accept signs it (admins); git checkout drops it",
    )
    damage = book.damage
    yield Check(
        "staff journal",
        not damage,
        damage[0] if damage else "whole",
        "tipcase verify; tipcase repair; else get the staff folder back from a colleague",
    )
    yield Check("pins", True, f"casebook {book.id[:16]}, staff as this machine has seen it")
    yield from _synced(root)
    yield from _place_on_staff(context)
    yield from _git(root)


def _synced(root: Path) -> Iterator[Check]:
    hit = next((word for word in _SYNCED if word in str(root).lower()), None)
    yield Check(
        "synced folder",
        hit is None,
        "none" if hit is None else "the casebook stands in a folder that another program copies",
        "move it out: two programs that write one journal tear it; share it by git",
    )


def _place_on_staff(context: Context) -> Iterator[Check]:
    book = context.unchecked_book
    _, person = _own_identity(context)
    if person is None:
        yield Check("staff", True, "not looked at while your identity is locked")
        return
    member = book.roster.now.get(person.handle)
    good = member is not None and member.card.signing_key == person.signing_key.public
    yield Check(
        "staff",
        good,
        f"{person.handle}: {', '.join(sorted(member.roles))}"
        if good and member is not None
        else f"{person.handle} is not on the staff with this key",
        f"send the card to an admin: tipcase staff add {person.handle}.card.yaml --role caseworker",
    )


def _git(root: Path) -> Iterator[Check]:
    from tipcase import git

    if not git.available() or git.top_level(root) is None:
        yield Check("repository", True, "the casebook is in no git repository")
        return
    wanted = {
        ("text", "cases/X/journal/x.journal"): "unset",
        ("merge", "cases/X/journal/x.journal"): "union",
        ("merge", "cases/X/x.yaml.age"): "unset",
        ("merge", "casebook.yaml"): "unset",
    }
    wrong = [
        f"{name} of {path}"
        for (name, path), value in wanted.items()
        if git.attribute(root, name, path) != value
    ]
    # Only git itself clears this away, and one that was cut off does not.
    held = (root / git.run(root, "rev-parse", "--git-path", "index.lock").strip()).exists()
    yield Check(
        "git index",
        not held,
        "held by a git that runs, or by one that was cut off" if held else "free",
        "if no git runs, delete index.lock in the folder .git: until then nothing is committed",
    )
    yield Check(
        "git attributes",
        not wrong,
        f"not as tipcase needs them: {', '.join(wrong)}" if wrong else "as tipcase needs them",
        "git checkout .gitattributes",
    )
