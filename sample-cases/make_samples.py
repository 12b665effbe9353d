"""Make the sample casebook anew: ``python sample-cases/make_samples.py``.

Everybody in it is invented. The book is opened by one public identity, which is written beside it
with a loud warning. Keys, ids and signatures are fresh each time, so a new run changes every file
of the book. What the book holds stands in ``sources/``, in the order of the names of its files:

    opened: 2026-10-06, steps: […]     a case of its own
    case: provider, steps: […]         the provider's own records
    opened: …, link: …, people: […]    a list as ``tipcase new --from`` takes it: a case a person
    of: 6-rescue, person: 2, steps: …  how the case of one person of that list goes on

A step is ``put: TYPE`` with its content, ``skip: STAGE`` with its reason, ``advance: STAGE``, or
``draw: photo`` with ``to``, the record that holds it, and ``name``: a face that nobody has, drawn
here, attached as a photo would be.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tipcase import documents, law
from tipcase.casebook import change, intake, opening, staff
from tipcase.casebook.attachments import attachments
from tipcase.casebook.attachments.incoming import Incoming
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


def main(into: Path = HERE) -> int:
    """Write ``book/`` and ``demo-identity.txt`` beside the ``sources/`` of a folder."""
    person = people.generate("demo", "hybrid")
    clock = Clock()
    with tempfile.TemporaryDirectory() as home:
        target = into / "book"
        if target.exists():
            shutil.rmtree(target)
        config = Config("Example Shelter (invented)", "kh-2009", "hybrid", {})
        seed = recovery.new_seed()
        staff.found(target, Path(home), config, person, recovery.person(seed, "hybrid"), clock())
        book = Book(target, Path(home))
        book.check()
        made: dict[str, tuple[str, ...]] = {}
        for source in sorted((into / "sources").glob("*.yaml")):
            made[source.stem] = tell(book, person, source, clock, made)
            print(source.stem, *made[source.stem], file=sys.stderr)
        for rest in target.rglob(".lock"):
            rest.unlink()
    (into / "demo-identity.txt").write_text(WARNING + people.to_text(person), encoding="utf-8")
    return 0


def tell(
    book: Book, person: Person, source: Path, clock: Clock, made: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """Write what one source says; the ids of the cases that it opened.

    ``made`` holds those of the sources before it. A gate that holds ends the program.
    """
    story = documents.read(source.read_bytes()).tree
    if "people" in story:
        return open_list(book, person, source, clock)
    case_id = story.get("case")
    if "of" in story:
        case_id = made[story["of"]][int(story["person"]) - 1]
    if case_id is None:
        case_id = change.new_case(book, person, opened=story["opened"], time=clock())
    for step in story["steps"]:
        with change.editing(book, case_id, person) as case:
            take(case, step, person, clock)
    return (case_id,)


def open_list(book: Book, person: Person, source: Path, clock: Clock) -> tuple[str, ...]:
    """Open a case for each person of a list, linked to each other as the list says."""
    group = opening.read(book.edition, source.read_bytes())
    if group.findings or group.opened is None:
        where = [f"{f.case} {f.record}.{f.field}" for f in group.findings]
        raise SystemExit(f"{source.stem}: {where or 'no day'}")
    return opening.open_all(book, group, person, opened=group.opened, clock=clock)


def take(case: Any, step: Mapping[str, Any], person: Person, clock: Clock) -> None:
    """One step: put a record, skip a stage, draw a photo, or advance."""
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
    elif "draw" in step:
        about = {"name": str(step["name"]), "purpose": str(step["draw"])}
        owner = (str(step["to"]), None)
        attachments.attach(case, owner, Incoming(io.BytesIO(face())), about, person, clock())
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
    number, done = book.edition.position(to) + 1, not dossier.excused(dossier.stage)
    move = change.Move(dossier.stage, to, number, phase, complete=done)
    change.advance(case, move, None, person, clock())


def face() -> bytes:
    """A drawn face that is plainly nobody's, as a PNG."""
    # Only who makes the samples anew needs it.
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (350, 450), "#dfe7ee")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((-15, 330, 365, 760), fill="#5b7a99")
    draw.rectangle((145, 290, 205, 370), fill="#c9a184")
    draw.ellipse((75, 50, 275, 300), fill="#3b3230")
    draw.ellipse((95, 90, 255, 320), fill="#d8b092")
    for left in (130, 198):
        draw.ellipse((left, 185, left + 22, 203), fill="#2f2a28")
    draw.line((175, 205, 168, 243, 181, 243), fill="#a87f64", width=4)
    draw.arc((140, 235, 210, 285), 20, 160, fill="#8d4a44", width=6)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
