"""``law``: the provisions, what carries each, and which texts await translation or review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.errors import NotFoundError, UsageError
from tipcase.output import Result, Table

if TYPE_CHECKING:
    from tipcase.law import Edition
    from tipcase.law.translations import Wording

app = application()
# So many carriers of one kind are named in the list of all; more are counted.
_NAMED = 2
_SHOWN = {"provider": "provider record"}


@app.command()
def law(
    ctx: typer.Context,
    provision: Annotated[
        str | None,
        typer.Argument(metavar="[PROVISION]", help="One of them, such as 857/7.8.4; else all."),
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Count what is carried, by kind of carrier.")
    ] = False,
    untranslated: Annotated[
        bool, typer.Option("--untranslated", help="List the texts that have no Khmer.")
    ] = False,
    unreviewed: Annotated[
        bool, typer.Option("--unreviewed", help="List the Khmer that no source attests.")
    ] = False,
) -> Result:
    """Show the provisions and what carries each: field, rule, form, command, provider record."""
    context = context_of(ctx)
    if [provision is not None, coverage, untranslated, unreviewed].count(True) > 1:
        raise UsageError("one question at a time", "tipcase law --coverage")
    if untranslated or unreviewed:
        return texts(context, attested=untranslated)
    edition = edition_at_hand(context)
    if coverage:
        return counts(edition)
    return table(context, edition) if provision is None else one(context, edition, provision)


def table(context: Context, edition: Edition) -> Result:
    """All provisions with their headings and what carries them."""
    from tipcase import law as laws
    from tipcase.law.provisions import heading

    rows = laws.carriers(edition)
    headings = {row["id"]: heading(edition, row["id"]) for row in rows}
    return Result(
        data=[{**row, "heading": headings[row["id"]].as_json()} for row in rows],
        table=Table(
            ("provision", "heading", "carried by"),
            tuple((row["id"], headings[row["id"]].get(context.lang), _short(row)) for row in rows),
        ),
    )


def one(context: Context, edition: Edition, provision: str) -> Result:
    """One provision with everything that carries it."""
    from tipcase import law as laws
    from tipcase.law.provisions import heading

    row = next((row for row in laws.carriers(edition) if row["id"] == provision), None)
    if row is None:
        raise NotFoundError("there is no provision of this id", "tipcase law lists them all")
    title = heading(edition, provision)
    carried = [{**item, **_about(edition, item)} for item in row["carried_by"]]
    lines = [f"{provision}  {title.get(context.lang)}".rstrip()]
    lines += [_line(item, context.lang) for item in carried if item["kind"] != "outside"]
    if row.get("reason"):
        lines.append(f"  {'outside the file' if len(lines) == 1 else 'besides'}: {row['reason']}")
    elif len(lines) == 1:
        lines.append("  nothing carries it")
    return Result(
        data=[{**row, "heading": title.as_json(), "carried_by": carried}], text=tuple(lines)
    )


def counts(edition: Edition) -> Result:
    """How much is carried, by kind of carrier."""
    from tipcase.law.provisions import coverage

    data = coverage(edition)
    lines = [f"{data['carried']} of {data['provisions']} provisions are carried"]
    lines += [f"  {kind}: {count}" for kind, count in data["by"].items()]
    lines += [f"outside of any file, with a reason: {data['outside']}"]
    lines += [f"carried by nothing: {data['uncarried']}"]
    return Result(data=data, text=tuple(lines))


def texts(context: Context, *, attested: bool) -> Result:
    """The texts without Khmer; or, of those that have it, the ones that no source attests."""
    from tipcase.law import translations

    edition = edition_at_hand(context)
    found = (translations.untranslated if attested else translations.unreviewed)(edition)
    # A file holds hundreds of texts.
    names = {file: shown_file(context, edition, file) for file in {one.file for one in found}}
    rows = [_wording(names[one.file], one, with_khmer=not attested) for one in found]
    what = "without Khmer" if attested else "whose Khmer no source attests"
    keys = ("file", "place", "en") if attested else ("file", "place", "en", "km")
    return Result(
        data=rows,
        table=Table(keys, tuple(tuple(row[key] for key in keys) for row in rows)),
        talk=(f"{len(rows)} text(s) {what}, of {len(translations.wordings(edition))}",),
    )


def edition_at_hand(context: Context) -> Edition:
    """The casebook's edition; outside of a casebook the shipped one."""
    from tipcase.casebook.book import load_edition
    from tipcase.cli.init_book import EDITION

    try:
        root = context.root
    except NotFoundError:
        if context.casebook is not None:
            raise
        return load_edition(EDITION)
    _ = root
    return context.book.edition


def shown_file(context: Context, edition: Edition, file: Path) -> str:
    """A file of an edition as people call it: in the casebook, or by the edition's folder."""
    try:
        return file.relative_to(context.root).as_posix()
    except (NotFoundError, ValueError):
        folder = next(f for f in (*edition.source.folders, file.parent) if f in file.parents)
        return file.relative_to(folder.parent).as_posix()


def _wording(file: str, text: Wording, *, with_khmer: bool) -> dict[str, str]:
    row = {"file": file, "place": text.place, "en": text.en}
    return {**row, "km": text.km} if with_khmer else row


def _about(edition: Edition, item: Mapping[str, str]) -> dict[str, Any]:
    from tipcase.cli.words import COMMANDS
    from tipcase.law.provisions import about

    if item["kind"] == "command":
        does = COMMANDS.get(item["ref"].split()[0] if item["ref"] else "")
        return {"does": does} if does else {}
    return about(edition, item["kind"], item["ref"])


def _line(item: Mapping[str, Any], lang: str) -> str:
    from tipcase.law.findings import Text

    said = {key: Text.of(value).get(lang) for key, value in item.items() if key != "ref"}
    parts = [f"  {_SHOWN.get(item['kind'], item['kind'])} {item['ref']}"]
    if "record_label" in item:
        parts.append(f"{said['label']} ({said['record_label']})")
    elif "severity" in item:
        parts.append(f"{item['severity']}, {item['at']}: {said['message']}")
    else:
        parts += [said[key] for key in ("title", "label", "does") if said.get(key)]
    return ": ".join(parts)


def _short(row: Mapping[str, Any]) -> str:
    kinds: dict[str, list[str]] = {}
    for item in row["carried_by"]:
        kinds.setdefault(item["kind"], []).append(item["ref"])
    parts = [_named(kind, refs) for kind, refs in kinds.items() if kind != "outside"]
    return "; ".join(parts) or (f"outside: {row['reason']}" if row.get("reason") else "")


def _named(kind: str, refs: Iterable[str]) -> str:
    names, kind = list(refs), _SHOWN.get(kind, kind)
    return f"{len(names)} {kind}s" if len(names) > _NAMED else f"{kind} {', '.join(names)}"
