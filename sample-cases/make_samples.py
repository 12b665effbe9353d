"""Make the sample casebook anew: ``python sample-cases/make_samples.py``.

Everybody in it is invented. The book is opened by one public identity, which is written beside it
with a loud warning; each case follows its file in ``sources/``. Keys, ids and signatures are fresh
each time, so a new run changes every file of the book.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tipcase import documents, law
from tipcase.casebook import change, intake, staff
from tipcase.casebook.book import Book
from tipcase.casebook.config import Config
from tipcase.cli.demo import SAMPLE_DATE
from tipcase.keyring import person as people
from tipcase.keyring import recovery
from tipcase.keyring.person import Person

HERE = Path(__file__).parent
AS_OF = date.fromisoformat(SAMPLE_DATE)
WARNING = """\
# PUBLIC. This identity is in a public repository: everybody has it.
# It opens the invented people of sample-cases/book and must never be used for anything else.
"""


class Clock:
    """Times for journals: a minute later at each look, so that the samples tell one order."""

    def __init__(self) -> None:
        self._now = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)

    def __call__(self) -> str:
        """The next time, as a journal writes it."""
        self._now += timedelta(minutes=1)
        return self._now.strftime("%Y-%m-%dT%H:%M:%SZ")


def main() -> int:
    """Write ``book/`` and ``demo-identity.txt``."""
    person = people.generate("demo", "hybrid")
    clock = Clock()
    with tempfile.TemporaryDirectory() as home:
        target = HERE / "book"
        if target.exists():
            shutil.rmtree(target)
        config = Config("Example Shelter (invented)", "kh-2009", "hybrid", {})
        seed = recovery.new_seed()
        staff.found(target, Path(home), config, person, recovery.person(seed, "hybrid"), clock())
        book = Book(target, Path(home))
        book.check()
        for source in sorted((HERE / "sources").glob("*.yaml")):
            print(source.stem, make_case(book, person, source, clock), file=sys.stderr)
        for rest in target.rglob(".lock"):
            rest.unlink()
    (HERE / "demo-identity.txt").write_text(WARNING + people.to_text(person), encoding="utf-8")
    return 0


def make_case(book: Book, person: Person, source: Path, clock: Clock) -> str:
    """Open one case and take its steps; a gate that holds ends the program."""
    story = documents.read(source.read_bytes()).tree
    case_id = change.new_case(book, person, opened=story["opened"], time=clock())
    for step in steps(story):
        with change.editing(book, case_id, person) as case:
            take(case, step, person, clock)
    return case_id


def steps(story: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The steps of a story, in order."""
    yield from story["steps"]


def take(case: Any, step: Mapping[str, Any], person: Person, clock: Clock) -> None:
    """One step: put a record, skip a stage, or advance."""
    edition = case.book.edition
    if "put" in step:
        draft = intake.draft(edition, step["put"], step["content"], case.id)
        if draft.findings:
            raise SystemExit(f"{step['put']}: {[f.field for f in draft.findings]}")
        change.put(case, step["put"], None, draft.data, person, clock())
    elif "skip" in step:
        decision = {
            "happened_on": case.fold.opened,
            "kind": "skip",
            "stage": str(step["skip"]),
            "reason": str(step["reason"]),
        }
        change.skip(case, str(step["skip"]), "not-applicable", decision, person, clock())
    else:
        advance(case, str(step["advance"]), person, clock)


def advance(case: Any, to: str, person: Person, clock: Clock) -> None:
    """Advance as the command would: the gates are asked."""
    book = case.book
    dossier, _ = case.read_all(person)
    held = law.blocking(law.advance_findings(book.edition, dossier, to, AS_OF))
    if held:
        raise SystemExit(f"{case.id} to {to}: {[f'{f.rule} {f.record}.{f.field}' for f in held]}")
    phase = book.edition.phase_of(to, "directive-009") or dossier.phase
    number, done = book.edition.stage(to).number, not dossier.excused(dossier.stage)
    move = change.Move(dossier.stage, to, number, phase, complete=done)
    change.advance(case, move, None, person, clock())


if __name__ == "__main__":
    sys.exit(main())
