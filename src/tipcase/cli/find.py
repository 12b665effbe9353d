"""``find``: a case by a number, a name, a telephone or a birth; cases that may be one person's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.batch import of_case, worst
from tipcase.cli.context import Context
from tipcase.cli.frame import application, context_of
from tipcase.errors import TerminalNeededError, UsageError
from tipcase.output import Result, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tipcase.casebook.finding.duplicates import Pair
    from tipcase.casebook.finding.search import Hit, Profiles

app = application()
_QUERY = "a QUERY, or - to read it from the input: tipcase find -"
_HYGIENE = "The shell remembers a QUERY on its command line; - or the question does not let it"
_BOTH = "--duplicates looks for pairs of cases, and takes no QUERY"


@app.command(
    help="Find cases by the beginning of an id, an office, ministry, OSCaR or document number, a "
    "name, a telephone or a date of birth: of the cases that you can open, their profiles. "
    f"Without QUERY it asks. {_HYGIENE}."
)
def find(
    ctx: typer.Context,
    query: Annotated[
        str | None, typer.Argument(metavar="[QUERY|-]", help="What to look for; -: the input.")
    ] = None,
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Pairs of cases that may be of one person.")
    ] = False,
    show: Annotated[
        bool, typer.Option("--show", help="What matched, too: it is what the profile says.")
    ] = False,
    ids: Annotated[
        bool, typer.Option("--ids", help="Case ids alone, one a line, for other commands.")
    ] = False,
) -> Result:
    """Find cases, or pairs of cases, among those that the person can open."""
    context = context_of(ctx)
    if duplicates:
        if query is not None or show or ids:
            raise UsageError(_BOTH, "tipcase find --duplicates")
        return pairs(context)
    return found(context, _asked(query), show=show, ids=ids)


def found(context: Context, text: str, *, show: bool = False, ids: bool = False) -> Result:
    """The cases that may be meant; finding none is no failure."""
    from tipcase.casebook.finding import search
    from tipcase.casebook.finding.query import Query

    query = Query.of(text)
    read = _read(context)
    hits = search.hits(query, read.found)
    return _answer(
        read,
        data={"cases": [_data(hit, show=show) for hit in hits]},
        table=None if ids else Table(_columns(show), tuple(_row(hit, show=show) for hit in hits)),
        text=tuple(hit.case for hit in hits) if ids else (),
        said="" if hits else "nothing like this was found",
    )


def pairs(context: Context) -> Result:
    """The pairs of cases that may be of one person: hints, which change nothing."""
    from tipcase.casebook.finding import duplicates

    read = _read(context)
    every = duplicates.pairs(read.found)
    return _answer(
        read,
        data={"pairs": [_pair_data(pair) for pair in every]},
        table=Table(
            ("case", "other case", "how", "what"),
            tuple(
                (*pair.cases, _how(pair.exact), _kinds(r.what for r in pair.why)) for pair in every
            ),
        ),
        said="hints only: tipcase link says that two cases are of two people, and who they are"
        if every
        else "no two cases look like one person's",
    )


def _asked(query: str | None) -> str:
    """What is looked for: from the argument, the input, or a question."""
    from tipcase import documents, terminal
    from tipcase.cli.words import read_text

    if query is None:
        if not terminal.present():
            raise TerminalNeededError("what to look for is missing", f"give {_QUERY}")
        return terminal.ask("what to look for", _QUERY)
    return read_text("-", "query") if query == "-" else documents.decoded(query)


def _read(context: Context) -> Profiles:
    from tipcase import terminal
    from tipcase.casebook.finding import search

    book, person = context.book, context.person
    with terminal.progress("looking", len(book.all_case_ids())) as step:
        return search.profiles(book, person, step)


def _answer(
    read: Profiles,
    *,
    data: dict[str, Any],
    table: Table | None,
    text: tuple[str, ...] = (),
    said: str,
) -> Result:
    shut = f"{read.not_open} case(s) are not open to you: not looked at"
    errors = tuple(of_case(case, error) for case, error in read.unread)
    return Result(
        data={
            **data,
            "searched": len(read.found),
            "not_open": read.not_open,
            "unread": [case for case, _ in read.unread],
        },
        table=table,
        text=text,
        errors=errors,
        code=worst(errors),
        talk=tuple(filter(None, (said, shut if read.not_open else ""))),
    )


def _data(hit: Hit, *, show: bool) -> dict[str, Any]:
    matches = dict.fromkeys((m.what, m.exact, m.value if show else "") for m in hit.matches)
    return {
        "case": hit.case,
        "how": _how(hit.exact),
        "matches": [
            {"what": what, "how": _how(exact), **({"value": value} if show else {})}
            for what, exact, value in matches
        ],
    }


def _pair_data(pair: Pair) -> dict[str, Any]:
    return {
        "cases": list(pair.cases),
        "how": _how(pair.exact),
        "why": [{"what": reason.what, "how": _how(reason.exact)} for reason in pair.why],
    }


def _columns(show: bool) -> tuple[str, ...]:
    return ("case", "how", "what", *(("value",) if show else ()))


def _row(hit: Hit, *, show: bool) -> tuple[str, ...]:
    values = "; ".join(dict.fromkeys(m.value for m in hit.matches))
    what = _kinds(match.what for match in hit.matches)
    return (hit.case, _how(hit.exact), what, *((values,) if show else ()))


def _how(exact: bool) -> str:
    return "exact" if exact else "close"


def _kinds(kinds: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(kinds))
