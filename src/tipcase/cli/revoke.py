"""``revoke``: take a case away from somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli import batch
from tipcase.cli.context import Context
from tipcase.cli.frame import DryRunOption, PeopleArgument, ReencryptOption, application, context_of
from tipcase.output import Result, Table

if TYPE_CHECKING:
    from tipcase.casebook.book import Book
    from tipcase.casebook.leaving import Farewell, Held
    from tipcase.casebook.team import Readable, Rekeyed
    from tipcase.errors import TipcaseError

app = application()


@app.command()
def revoke(
    ctx: typer.Context,
    words: PeopleArgument,
    everything: Annotated[
        bool, typer.Option("--all", help="Every case that is open to them, in the place of CASE.")
    ] = False,
    reencrypt: ReencryptOption = False,
    dry_run: DryRunOption = False,
) -> Result:
    """Take a case away from colleagues, with new keys for who stays; lists what they could read."""
    context = context_of(ctx)
    named, handles = batch.case_and_people(words, "revoke", everything=everything)
    if named is None:
        return take_all(context, handles, reencrypt=reencrypt, dry_run=dry_run)
    return take_one(context, named, handles, reencrypt=reencrypt, dry_run=dry_run)


def take_one(
    context: Context, case: str, handles: list[str], *, reencrypt: bool, dry_run: bool
) -> Result:
    """Revoke one case and show, record by record, what the people could read."""
    from tipcase.casebook import team

    done = team.revoke(
        context.book,
        context.case(case),
        handles,
        context.person,
        context.time,
        reencrypt=reencrypt,
        dry_run=dry_run,
    )
    rows = [
        (handle, done.case, name, kind)
        for handle, readable in done.readable.items()
        for kind, names in kinds_of(readable).items()
        for name in names
    ]
    return Result(
        data={"cases": [as_data(done)], "others": [], "written": not dry_run},
        table=Table(("handle", "case", "could read", "kind"), tuple(rows)),
        talk=(*taken([done], dry_run=dry_run), *told([done])),
        errors=done.errors,
        code=batch.worst(done.errors),
    )


def take_all(context: Context, handles: list[str], *, reencrypt: bool, dry_run: bool) -> Result:
    """Revoke every case that people can open, as far as the person supervises it."""
    from tipcase.casebook import leaving
    from tipcase.errors import NotFoundError, UsageError
    from tipcase.journal.names import RECOVERY

    if RECOVERY in handles:
        raise UsageError(
            "the recovery seed stays on the team of every case",
            "a used or lost seed is replaced: tipcase recover --new-seed",
        )
    errors: list[TipcaseError] = []
    held = list(leaving.held_by(context.book, handles, errors))
    if not held and not errors:
        raise NotFoundError("they are on the team of no case", "tipcase staff list")
    done = farewell(context, context.book, held, reencrypt=reencrypt, dry_run=dry_run)
    return shown(done, errors, {"written": not dry_run}, (), dry_run=dry_run)


def farewell(
    context: Context, book: Book, held: Sequence[Held], *, reencrypt: bool, dry_run: bool
) -> Farewell:
    """Take these cases away, with a bar."""
    from tipcase import terminal
    from tipcase.casebook import leaving

    with terminal.progress("new keys", len(held)) as step:
        return leaving.take_away(
            book,
            held,
            context.person,
            lambda: context.time,
            reencrypt=reencrypt,
            dry_run=dry_run,
            step=step,
        )


def shown(
    done: Farewell,
    errors: Sequence[TipcaseError],
    data: dict[str, Any],
    before: tuple[str, ...],
    *,
    dry_run: bool,
) -> Result:
    """What came of taking away many cases: a line for each record that somebody could read."""
    found = [*errors, *done.errors, *(e for item in done.revoked for e in item.errors)]
    lost = [(item.case, item.readable) for item in done.revoked]
    lost += [(item.case, item.readable) for item in done.others]
    rows = [
        (case_id, handle, name, kind)
        for case_id, theirs in lost
        for handle, readable in theirs.items()
        for kind, names in kinds_of(readable).items()
        for name in names
    ]
    talk = [*before, *taken(done.revoked, dry_run=dry_run)]
    talk += told(done.revoked)
    talk += [
        f"{item.case} is still on keys that {', '.join(item.readable)} can open, and you do not "
        f"supervise it: {_who(item)}"
        for item in done.others
    ]
    others = [
        {"case": item.case, "supervisors": list(item.supervisors), **readable_data(item.readable)}
        for item in done.others
    ]
    return Result(
        data={**data, "cases": [as_data(item) for item in done.revoked], "others": others},
        table=Table(("case", "handle", "could read", "kind"), tuple(rows)),
        talk=tuple(talk),
        errors=tuple(found),
        # Somebody can still open these: a script must not take it for done.
        code=max(batch.worst(found), 6 if done.others else 0),
    )


def _who(item: Held) -> str:
    stay = [handle for handle in item.supervisors if handle not in item.readable]
    if not stay:
        return "nobody else does; the recovery seed opens it: tipcase recover"
    words = f"tipcase revoke {item.case} {' '.join(item.readable)}"
    return f"{' or '.join(stay)} types: {words}"


def kinds_of(readable: Readable) -> dict[str, tuple[str, ...]]:
    """The names of records by how they are sealed."""
    return {
        "ordinary": readable.ordinary,
        "restricted": readable.restricted,
        "named": readable.named,
    }


def readable_data(readable: Any) -> dict[str, Any]:
    """What people could read, as JSON."""
    return {
        "could_read": {
            handle: {kind: list(names) for kind, names in kinds_of(item).items()}
            for handle, item in readable.items()
        }
    }


def as_data(done: Rekeyed) -> dict[str, Any]:
    """New keys of a case, as JSON."""
    return {
        "case": done.case,
        "revoked": list(done.revoked),
        **readable_data(done.readable),
        "moved": list(done.moved),
        "left": list(done.left),
        "restricted_renewed": done.restricted,
    }


def taken(done: Sequence[Rekeyed], *, dry_run: bool) -> Iterator[str]:
    """Who lost what, in a sentence each, and that nothing takes back what was read."""
    would = "would lose" if dry_run else "lost"
    for handle in sorted({handle for item in done for handle in item.revoked}):
        theirs = [item.readable[handle] for item in done if handle in item.readable]
        count = sum(readable.count for readable in theirs)
        yield f"{handle} {would} {len(theirs)} case(s), with {count} record(s) that they could read"
        yield f"nothing takes back what {handle} could read: they may have kept all of it"


# With more cases than this one line tells of what stays under older keys in all of them.
_FEW = 3


def told(done: Sequence[Rekeyed]) -> Iterator[str]:
    """What stays under older keys, and what to type."""
    left = [item for item in done if item.left]
    if len(left) > _FEW:
        count = sum(len(item.left) for item in left)
        yield (
            f"{count} record(s) of {len(left)} cases stay under older keys until they are saved"
            " again; all at once: tipcase rekey --all --reencrypt"
        )
    else:
        for item in left:
            yield (
                f"{len(item.left)} record(s) of {item.case} stay under older keys until they are"
                f" saved again; all at once: tipcase rekey {item.case} --reencrypt"
            )
    for item in done:
        if not item.restricted:
            yield (
                f"the restricted key of {item.case} is not new, as you hold none: somebody who"
                f" does makes a new one: tipcase rekey {item.case}"
            )
