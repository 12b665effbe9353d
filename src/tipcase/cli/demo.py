"""``demo``: the main job on invented cases, each command said before it runs."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.errors import ConflictError, NotFoundError
from tipcase.output import Result

app = application()

# The day on which the sample cases are looked at.
SAMPLE_DATE = "2026-10-15"
_AS_OF = ("--as-of", SAMPLE_DATE)
# The sample cases are told apart by the day they were opened, because ids are random.
_EARLY, _CHILD, _COMPLETE, _LOST = "2026-10-06", "2026-05-11", "2025-09-01", "2025-12-03"
_OWN = "2026-10-14"
_NAME = "ទេវី ឧទាហរណ៍"
_IDENTIFICATION = """\
happened_on: 2026-10-14
immediate_needs: A bed, and somebody who speaks her language.
trafficking_status: PossibleVictimOfTrafficking
critical_care_given_on: {unknown: not-applicable, why: the nurse found no need}
safe_space: yes
kept_apart: yes
"""


@dataclass(frozen=True)
class Step:
    """One command of the tour: why, the words, what is typed into it, how it must end."""

    why: str
    words: tuple[str, ...]
    typed: str = ""
    code: int = 0


@app.command()
def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to copy the sample casebook.")
    ] = Path("tipcase-demo"),
) -> Result:
    """Copy a casebook of invented people to DIR and walk through the main job on it."""
    return tour(context_of(ctx), folder)


def tour(context: Context, folder: Path) -> Result:
    """Take every step; the first that ends otherwise than it must ends the tour with exit 1."""
    from tipcase import resources

    samples = resources.path("sample-cases")
    book = _copy(samples / "book", folder.absolute(), context.home / "demo")
    identity = samples / "demo-identity.txt"
    guide = _Guide(context, book, identity)
    _say(
        f"A casebook of invented people is in {book}",
        "It is opened by an identity that is public: never use it for a real case.",
        "To go on by hand afterwards:",
        f"    cd {book}",
        f"    export TIPCASE_IDENTITY={identity}",
    )
    for step in _steps(guide, book.parent / f"{book.name}-print"):
        if not guide.take(step):
            return Result(
                code=1, talk=("the demo stopped here: this step did not end as it should",)
            )
    if _readable(book):
        return Result(code=1, talk=("plaintext was found in the casebook: this must not be",))
    return Result(
        data={"folder": str(book)},
        talk=(
            "",
            "Nothing of what was typed can be read in any file of the casebook.",
            "Your own casebook: the README has the five minutes from here.",
        ),
    )


def _copy(source: Path, target: Path, home: Path) -> Path:
    """Copy the sample book; a folder that holds something already is left alone.

    What ``home`` remembers of an earlier copy in the same place is forgotten: that one is gone.
    """
    import shutil

    from tipcase import files
    from tipcase.keyring.trust import Trust

    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConflictError("the folder for the demo is not empty", "tipcase demo ANOTHER-FOLDER")
    with files.refusals("copy the sample casebook"):
        Trust(home, target).forget()
        shutil.copytree(source, target, dirs_exist_ok=True)
        for path in (target, *target.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
    return target


class _Guide:
    """Says a command, runs it as if typed in the demo's folder, and looks how it ended."""

    def __init__(self, context: Context, book: Path, identity: Path) -> None:
        self._context = context
        self._book = book
        self._identity = identity

    def fresh(self, *, as_json: bool = False) -> Context:
        """A context of the demo: what it trusts is kept apart from the person's own casebooks."""
        return Context(
            casebook=self._book,
            identity=str(self._identity),
            as_json=as_json,
            home=self._context.home / "demo",
            now=self._context.now,
        )

    def case(self, opened: str) -> str:
        """The id of the case that was opened on a day."""
        from tipcase.cli.listing import rows

        found = rows(self.fresh(), None, None).data
        for row in found:
            if row["opened"] == opened:
                return str(row["case"])
        raise NotFoundError(
            f"the demo's casebook has no case that was opened on {opened}",
            "take a folder that is not there yet: tipcase demo ANOTHER-FOLDER",
        )

    def take(self, step: Step) -> bool:
        """Say and run one step; whether it ended as it must."""
        from tipcase.cli.root import answer

        _say("", f"# {step.why}")
        _say(f"$ tipcase {_typed(step.words)}" + (" <<'END'" if step.typed else ""))
        if step.typed:
            _say(*step.typed.rstrip("\n").split("\n"), "END")
        with _typing(step.typed):
            code = answer(list(step.words), self.fresh())
        sys.stdout.flush()
        if code and code == step.code:
            _say(f"(exit {code}, as it should be)")
        return code == step.code


def _steps(guide: _Guide, out: Path) -> Iterator[Step]:
    """The tour. Ids are asked for when a step is reached, so that new cases are found too."""
    early, child = guide.case(_EARLY), guide.case(_CHILD)
    yield Step("Which cases are there? This needs no key.", ("list",))
    yield Step("Where does the newest case stand?", ("status", early, *_AS_OF))
    yield Step("What is missing before it may move on?", ("check", early, *_AS_OF), code=3)
    yield Step("The gate holds until it is written.", ("advance", early, *_AS_OF), code=3)
    yield Step(
        "Write what was missing. FIELD=- keeps the words out of the shell's memory.",
        ("set", early, "identification", "immediate_needs=-"),
        typed="A bed near the door.\n",
    )
    yield Step(
        "An honest “not known” satisfies what is required: nobody is pressed for an answer.",
        ("set", early, "identification", "trafficking_status={unknown: not-known}"),
    )
    yield Step("Now it moves.", ("advance", early, *_AS_OF))
    yield Step(
        "Open a case of your own: only its id is printed.", ("new", "--opened", "2026-10-14")
    )
    own = guide.case(_OWN)
    yield Step(
        "Her name, from the input.", ("set", own, "profile", "full_name=-"), typed=_NAME + "\n"
    )
    yield Step("Her first record.", ("put", own, "identification", "-"), typed=_IDENTIFICATION)
    yield Step("It may move on.", ("advance", own, *_AS_OF))
    yield Step("A child's profile: the safe contact stands first.", ("show", child, "profile"))
    yield Step(
        "Print the child's first form, in Khmer and English, outside the casebook.",
        ("form", child, "P1", "--lang", "both", "--out", str(out), *_AS_OF),
    )
    complete, lost = guide.case(_COMPLETE), guide.case(_LOST)
    yield Step("Can this case be closed?", ("readiness", complete, *_AS_OF))
    yield Step("And this one, whose contact was lost?", ("readiness", lost, *_AS_OF))
    yield Step(
        "A case is closed by a person, when its duties are met; its last form is printed with it.",
        ("close", complete, "--outcome", "successful", "--out", str(out), *_AS_OF),
    )
    yield Step(
        "Where duties are not met, it is not closed.",
        ("close", lost, "--outcome", "lost-contact", *_AS_OF),
        code=3,
    )
    yield Step("What comes in the next two weeks?", ("due", "--within", "14d", *_AS_OF))
    yield Step("And what the office owes by its own papers?", ("check", "provider", *_AS_OF))
    yield Step("Who did what when? This needs no key either.", ("log", own))
    yield Step("Is anything damaged, forged or missing?", ("verify",))


def _readable(book: Path) -> bool:
    """Whether a name that was typed can be read in any file of the casebook."""
    canary = _NAME.encode("utf-8")
    return any(canary in path.read_bytes() for path in book.rglob("*") if path.is_file())


def _typed(words: tuple[str, ...]) -> str:
    import shlex

    return " ".join(shlex.quote(word) for word in words)


@contextlib.contextmanager
def _typing(text: str) -> Iterator[None]:
    """Standard input that holds this text."""
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode("utf-8")), encoding="utf-8")
    try:
        yield
    finally:
        sys.stdin = before


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
