"""Make the sample casebook anew: ``python sample-cases/make_samples.py``.

Everybody in it is invented. The book is opened by one public identity, which is written beside it
with a loud warning. Keys, ids and signatures are fresh each time, so a new run changes every file
of the book. What the book holds stands in ``sources/``, in the order of the names of its files:

    opened: 2026-10-06, steps: […]     a case of its own
    case: provider, steps: […]         the provider's own records
    opened: …, link: …, people: […]    a list as ``tipcase new --from`` takes it: a case a person
    of: 6-rescue, person: 2, steps: …  how the case of one person of that list goes on

A step is ``put: TYPE`` with its content, ``set: TYPE`` with fields that replace the record's own,
``skip: STAGE`` with its reason, ``advance: STAGE``, or ``draw: photo`` with ``to``, the record that
holds it, and ``name``: a face that nobody has, drawn here, attached as a photo would be. ``link:
SOURCE`` links the case to that of a source before it, which is to this person what ``as`` says.

Two steps are a ``put: decision`` made as its command makes it, on the decision's own day and after
the same questions: ``close: OUTCOME``, with ``end`` (a reason) or ``hand-over`` (a name) for what
is left open, and ``reopen: STAGE``. A gate or duty that holds ends the program; of a closing, only
where no ``override`` says why it is closed all the same.
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
from tipcase.casebook import change, closing, intake, links, opening, staff
from tipcase.casebook.attachments import attachments
from tipcase.casebook.attachments.incoming import Incoming
from tipcase.casebook.book import Book
from tipcase.casebook.config import Config
from tipcase.cli.closure_record import fill, settle
from tipcase.cli.demo import SAMPLE_DATE
from tipcase.keyring import person as people
from tipcase.keyring import recovery
from tipcase.keyring.person import Person
from tipcase.law import closing as closing_law
from tipcase.law.closures import CLOSURE, current

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
    with tempfile.TemporaryDirectory() as folder:
        # Made elsewhere first: a source that is refused leaves the old book as it was.
        root, home = Path(folder) / "book", Path(folder) / "machine"
        config = Config("Example Shelter (invented)", "kh-2009", "hybrid", {})
        seed = recovery.new_seed()
        staff.found(root, home, config, person, recovery.person(seed, "hybrid"), clock())
        book = Book(root, home)
        book.check()
        made: dict[str, tuple[str, ...]] = {}
        for source in sorted((into / "sources").glob("*.yaml")):
            made[source.stem] = tell(book, person, source, clock, made)
            print(source.stem, *made[source.stem], file=sys.stderr)
        for rest in root.rglob(".lock"):
            rest.unlink()
        if (into / "book").exists():
            shutil.rmtree(into / "book")
        shutil.copytree(root, into / "book")
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
        if "link" in step:
            # Both cases are locked at once, in an order of their own.
            other = links.Link(made[step["link"]][0], str(step["as"]))
            links.link(book, case_id, other, person, clock())
            continue
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
    """One step: write a record, skip a stage, draw a photo, advance, close or reopen."""
    edition = case.book.edition
    if "close" in step:
        close(case, step, person, clock)
    elif "reopen" in step:
        reopen(case, step, person, clock)
    elif "set" in step:
        tree = intake.existing(case, step["set"], None, person)
        tree.update(step["content"])
        draft = intake.draft(edition, step["set"], tree, case.id)
        change.put(case, step["set"], None, checked(draft, step["set"]), person, clock())
    elif "put" in step:
        draft = intake.draft(edition, step["put"], step["content"], case.id)
        change.put(case, step["put"], None, checked(draft, step["put"]), person, clock())
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


def checked(draft: intake.Draft, name: str) -> Mapping[str, Any]:
    """What a record says; a finding in it ends the program."""
    if draft.findings:
        raise SystemExit(f"{name}: {[f.field for f in draft.findings]}")
    return draft.data


def close(case: Any, step: Mapping[str, Any], person: Person, clock: Clock) -> None:
    """Close as the command would: the closure record in hand is used, and its duties are asked."""
    edition, decision = case.book.edition, step["content"]
    dossier, _ = case.read_all(person)
    record, day = current(dossier), date.fromisoformat(str(decision["happened_on"]))
    if record is None:
        raise SystemExit(f"{case.id}: nothing is written about the closing")
    tree = intake.existing(case, CLOSURE, record.tag, person)
    fill(tree, {"outcome": str(step["close"]), "proposed_by": person.handle})
    here = closing_law.with_closure(dossier, record.tag, record.data)
    if "end" in step or "hand-over" in step:
        left = closing_law.unsettled(edition, here, day)
        settle(tree, left, step.get("end"), step.get("hand-over"), "en")
    data = checked(intake.draft(edition, CLOSURE, tree, case.id, record.tag), CLOSURE)
    here = closing_law.with_closure(dossier, record.tag, data)
    held = law.blocking(closing_law.findings(edition, here, day, str(data["outcome"])))
    made = plain(case, decision)
    if "override" in step:
        if not held:
            raise SystemExit(f"{case.id}: there is nothing to override")
        made["reason"] = f"{made['reason']}\n{step['override']}"
        made["gates"] = closing_law.overridden(held)
    else:
        refuse(case, held)
    closing.close(case, record.tag, data, made, person, clock(), second=False)


def reopen(case: Any, step: Mapping[str, Any], person: Person, clock: Clock) -> None:
    """Reopen as the command would: the crisis is assessed first."""
    edition, stage = case.book.edition, str(step["reopen"])
    dossier, _ = case.read_all(person)
    ended = [closing.decision_of(case, one) for one in case.fold.closings if one.state == "closed"]
    decision = {**plain(case, step["content"]), "closing": ", ".join(map(str, ended))}
    day = date.fromisoformat(str(decision["happened_on"]))
    refuse(case, law.blocking(closing_law.reopening_findings(edition, dossier, decision, day)))
    phase = edition.phase_of(stage, "directive-009") or dossier.phase
    place = closing.Place(stage, edition.position(stage) + 1, phase)
    closing.reopen(case, place, decision, person, clock())


def plain(case: Any, decision: Any) -> dict[str, Any]:
    """A decision as it is written in a source, with the types of its fields."""
    return dict(checked(intake.draft(case.book.edition, "decision", decision, case.id), "decision"))


def refuse(case: Any, held: Any) -> None:
    """End the program where something stands in the way."""
    if held:
        raise SystemExit(f"{case.id}: {[f'{f.rule} {f.record}.{f.field}' for f in held]}")


def advance(case: Any, to: str, person: Person, clock: Clock) -> None:
    """Advance as the command would: the gates are asked."""
    book = case.book
    dossier, _ = case.read_all(person)
    refuse(case, law.blocking(law.advance_findings(book.edition, dossier, to, AS_OF)))
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
