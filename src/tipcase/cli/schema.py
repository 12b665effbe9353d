"""``schema``: the fields of a record type, and a check of an edition. Runs anywhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.cli.law import edition_at_hand, shown_file
from tipcase.errors import DamagedError, NotFoundError, TipcaseError
from tipcase.output import Result, Table

if TYPE_CHECKING:
    from tipcase.casebook.case import Case
    from tipcase.journal.tally import Version
    from tipcase.law import Edition, Record
    from tipcase.law.conflicts import Conflict, Conflicts

app = application()
T = TypeVar("T")


@app.command()
def schema(
    ctx: typer.Context,
    record_type: Annotated[
        str | None,
        typer.Argument(
            metavar="[TYPE]", help="A record type; else the list. With --check, a folder."
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Say what is wrong in the casebook's own schemas/, or in DIR."
        ),
    ] = False,
) -> Result:
    """Show the fields of a record type. With --json, its bare JSON Schema with a full example.

    --check [DIR] reads an edition, or what is laid over the shipped one, and changes nothing.
    """
    context = context_of(ctx)
    if check:
        return checked(context, Path(record_type) if record_type else None)
    return fields(context, record_type) if record_type else types(context)


def types(context: Context) -> Result:
    """The record types with number, repetition and restriction: a case's, then the provider's."""
    edition = edition_at_hand(context)
    rows = [edition.record_type(name) for name in edition.all_types]
    return Result(
        data=[
            {
                "name": row.name,
                "stage": row.number,
                "of_provider": row.of_provider,
                "repeats": row.repeats,
                "restricted": row.restricted,
                "label": row.label.as_json(),
            }
            for row in rows
        ],
        table=Table(
            ("record type", "stage", "", "", "label"),
            tuple(
                (
                    row.name,
                    "provider" if row.of_provider else str(row.number or ""),
                    "repeats" if row.repeats else "",
                    "restricted" if row.restricted else "",
                    row.label.get(context.lang),
                )
                for row in rows
            ),
        ),
    )


def fields(context: Context, name: str) -> Result:
    """The fields of one record type: path, kind, needed or not, provisions, label."""
    from tipcase.casebook.intake import record_type
    from tipcase.law.published import published

    row = record_type(edition_at_hand(context), name)
    return Result(
        data=published(row, context.lang) if context.json else None,
        bare=True,
        table=Table(
            ("field", "kind", "", "provisions", "label"),
            tuple(
                (
                    field.path,
                    "|".join(field.values) if field.values else field.kind,
                    "needed" if field.required else "",
                    " ".join(field.provisions),
                    field.label.get(context.lang),
                )
                for field in row.fields
            ),
        ),
    )


def checked(context: Context, folder: Path | None) -> Result:
    """Everything that is wrong with an edition, each with its place; 3 where something blocks."""
    from tipcase.law.conflicts import Conflicts

    edition, base = _in_folder(folder) if folder is not None else _own(context)
    same = base is not None and edition.source.folders == base.source.folders
    if same and not _taken_away(context):
        nothing = {"blocks": 0, "advises": 0, "conflicts": []}
        return Result(data=nothing, talk=("the casebook has no schemas/ of its own",))
    look = Conflicts(edition, base)
    look.look()
    _look_at_forms(context, look)
    _look_at_reports(look)
    talk = _look_at_records(context, look) if folder is None else []
    rows = [_row(context, edition, one) for one in look.found]
    blocks = sum(row["severity"] == "blocks" for row in rows)
    talk.append(f"{blocks} thing(s) block, {len(rows) - blocks} advise")
    return Result(
        data={"blocks": blocks, "advises": len(rows) - blocks, "conflicts": rows},
        text=tuple(line for row in rows for line in _lines(row)),
        talk=tuple(talk),
        code=3 if blocks else 0,
    )


def _in_folder(folder: Path) -> tuple[Edition, Edition | None]:
    """What is in a folder: an edition of its own, or what lies over the shipped one.

    Over which one, its ``edition.yaml`` says by its name, else the folder's own name, else it is
    the one that casebooks begin with.
    """
    from tipcase import law
    from tipcase.casebook.book import EDITION_HEAD, edition_folders, load_edition
    from tipcase.cli.init_book import EDITION

    if not folder.is_dir():
        raise NotFoundError("there is no such folder", "tipcase schema --check DIR")
    folder = folder.resolve()
    name = _name(folder / EDITION_HEAD)
    if name is not None and not edition_folders(name):
        return law.load(folder), None
    shipped = name or (folder.name if _is_shipped(folder.name) else EDITION)
    base = load_edition(shipped)
    if base.source.folders[0].resolve() == folder:
        return base, None
    return law.load([*base.source.folders, folder]), base


def _name(head: Path) -> str | None:
    """The name that an ``edition.yaml`` gives; None where there is none that can be read."""
    from tipcase.law.source import EditionError, parse

    try:
        name = parse(head.read_bytes(), head).get("name") if head.is_file() else None
    except EditionError:
        return None
    return name if isinstance(name, str) else None


def _is_shipped(name: str) -> bool:
    from tipcase.casebook.book import EDITION_NAME, edition_folders

    return EDITION_NAME.match(name) is not None and bool(edition_folders(name))


def _own(context: Context) -> tuple[Edition, Edition | None]:
    """The casebook's edition as its files stand, also before they are accepted."""
    from tipcase.casebook.book import edition_folders, load_edition

    try:
        book = context.unchecked_book
    except NotFoundError as error:
        error.hint = "go into a casebook, or name a folder: tipcase schema --check DIR"
        raise
    name = book.config.edition
    edition = load_edition(name, book.root)
    shipped = edition_folders(name)
    return edition, load_edition(name) if shipped else None


def _taken_away(context: Context) -> bool:
    """Whether a law of the office's own was signed that is gone: records may follow it."""
    return any(path.startswith("schemas/") for path in context.unchecked_book.changed_files())


def _look_at_forms(context: Context, look: Conflicts) -> None:
    """The forms are read by the room that prints them."""
    from tipcase import forms
    from tipcase.law.source import EditionError

    try:
        codes = forms.codes(look.edition)
    except EditionError:
        return  # told already
    except TypeError:
        look.at("forms.yaml", ("forms",), "forms is no mapping of forms by their codes")
        return
    for code in codes:
        try:
            _printed(look.edition, code, context.today)
        except EditionError:
            continue  # told already
        except DamagedError as error:
            look.at("forms.yaml", ("forms", code), error.sentence, error.hint)
        except (LookupError, TypeError, AttributeError, ValueError):
            look.at("forms.yaml", ("forms", code), f"the form {code} cannot be printed")
    _look_at_sets(look)


def _look_at_reports(look: Conflicts) -> None:
    """The reports are read by the room that counts them."""
    from tipcase.reports.definition import faults

    try:
        for error in faults(look.edition):
            look.add(error)
    except (LookupError, TypeError, AttributeError, ValueError):
        look.at("facts.yaml", (), "what is counted, or a report, is not written as one")


def _look_at_sets(look: Conflicts) -> None:
    """Whether every set of forms names forms that there are."""
    from tipcase import forms

    sets = look.edition.forms_data.get("sets") or {}
    for name in sets if isinstance(sets, dict) else ():
        try:
            forms.expand(look.edition, [name])
        except DamagedError as error:
            look.at("forms.yaml", ("sets", name), error.sentence, error.hint)
        except TypeError:
            look.at("forms.yaml", ("sets", name), f"the set {name} is no list of forms")


def _printed(edition: Edition, code: str, day: date) -> None:
    """Print a form of a case that is made of the examples, to nobody."""
    from tipcase import forms
    from tipcase.law import Dossier, Record

    rows = [edition.record_type(name) for name in edition.record_types]
    records = tuple(
        Record(row.name, "a2a2a2a2" if row.repeats else None, row.example) for row in rows
    )
    case = Dossier("AAAA-AAAA", day.isoformat(), edition.stages[0].name, records=records)
    lang = "both" if "km" in edition.languages else "en"
    named = edition.name
    for filled in (case, None):
        forms.fill(
            edition,
            filled,
            code,
            lang=lang,
            as_of=day,
            casebook_name=named,
            include_restricted=True,
        )


def _look_at_records(context: Context, look: Conflicts) -> list[str]:
    """Count the casebook's records that would fit no longer, where an identity is at hand."""
    from tipcase.law.against import records_kept, records_written
    from tipcase.law.source import EditionError

    # How a record is kept stands in the journal, which needs no key. An edition that cannot be read
    # was told already; of a journal, verify tells.
    with contextlib.suppress(TipcaseError):
        records_kept(look, _kept(context))
    reader = context.reader
    if reader is None:
        return ["no identity is at hand: the casebook's records were not looked at"]
    try:
        records_written(look, _records(context))
    except (EditionError, ValueError):
        # A schema that is none was told already.
        return ["the records can be looked at when the edition can be read"]
    except TipcaseError:
        return ["the casebook's records could not be looked at"]
    return []


def _kept(context: Context) -> Iterator[tuple[str, bool, bool]]:
    """Of every record its type, whether it has a tag, and whether it is sealed as restricted."""
    from tipcase.casebook.wraps import ORDINARY, RESTRICTED

    def versions_of(case: Case) -> list[tuple[str, str | None, tuple[Version, ...]]]:
        return [(kind, tag, case.fold.current[path]) for path, kind, tag in case.paths()]

    for found in _of_each_case(context, versions_of):
        for kind, tag, versions in found:
            sealed = {version.sealed_to for version in versions} & {ORDINARY, RESTRICTED}
            if sealed:
                yield kind, tag is not None, RESTRICTED in sealed


def _records(context: Context) -> Iterator[Record]:
    for dossier, _ in _of_each_case(context, lambda case: case.read_all(context.person)):
        yield from dossier.records


def _of_each_case(context: Context, ask: Callable[[Case], T]) -> Iterator[T]:
    """What is asked of every case and the provider; a case that cannot answer is passed over.

    It is damaged, which verify tells, or not open to this person.
    """
    from tipcase.casebook.case import Case
    from tipcase.journal.names import PROVIDER
    from tipcase.law.source import EditionError

    book = context.unchecked_book
    for case_id in [*book.case_ids(), PROVIDER]:
        try:
            answer = ask(Case(book, case_id))
        except EditionError:
            raise
        except TipcaseError:
            continue
        yield answer


def _row(context: Context, edition: Edition, one: Conflict) -> dict[str, str | int]:
    return {
        "severity": one.severity,
        "file": shown_file(context, edition, one.file) if one.file else "",
        "line": one.line,
        "column": one.column,
        "message": one.message,
        "hint": one.hint,
    }


def _lines(row: dict[str, str | int]) -> Iterator[str]:
    place = str(row["file"])
    if place and row["line"]:
        place += f" line {row['line']} column {row['column']}"
    yield "  ".join(str(part) for part in (row["severity"], place, row["message"]) if part)
    if row["hint"]:
        yield f"  hint: {row['hint']}"
