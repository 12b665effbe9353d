"""``recover``: a casebook brought back by its recovery seed, and a new seed for a used one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.batch import of_case, worst
from tipcase.cli.context import Context
from tipcase.cli.frame import DryRunOption, application, context_of
from tipcase.cli.recovery_paper import check_sheet, hand_over
from tipcase.errors import ConflictError, NoKeyError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.book import Book
    from tipcase.casebook.recovering import Done
    from tipcase.keyring.person import Person

app = application()


@app.command()
def recover(
    ctx: typer.Context,
    seed_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Read the seed from it (- for the input)."),
    ] = None,
    handle: Annotated[
        str | None,
        typer.Option(metavar="HANDLE", help="Which of your identities, where there are several."),
    ] = None,
    named: Annotated[
        bool,
        typer.Option(
            "--named",
            help="Open to you what is sealed to other people as well; only needed where you were"
            " on the staff before: to a new handle it is opened in any case.",
        ),
    ] = False,
    new_seed: Annotated[
        bool, typer.Option("--new-seed", help="Replace the seed; new keys for every case.")
    ] = False,
    finish: Annotated[
        bool,
        typer.Option("--finish", help="After --new-seed: the cases that it could not do."),
    ] = False,
    recovery_sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --new-seed: write it as a page to print (HTML)."),
    ] = None,
    dry_run: DryRunOption = False,
) -> Result:
    """Bring a casebook back with the recovery seed, or replace the seed."""
    context = context_of(ctx)
    if finish and (new_seed or seed_file or named):
        raise UsageError("--finish stands alone", "tipcase recover --finish")
    if recovery_sheet is not None and not new_seed:
        raise UsageError(
            "--recovery-sheet belongs to a new seed",
            "tipcase recover --new-seed --recovery-sheet FILE",
        )
    _choose(context, handle)
    if finish:
        return _finish(context, dry_run=dry_run)
    if new_seed:
        return _new_seed(context, seed_file, recovery_sheet, named=named, dry_run=dry_run)
    return _bring_back(context, seed_file, named=named, dry_run=dry_run)


def _choose(context: Context, handle: str | None) -> None:
    """Take the identity of this handle; ``NoKeyError`` where there is none."""
    if handle is None:
        return
    from tipcase.casebook.naming import check_handle

    check_handle(handle)
    if context.identity is None:
        kept = [context.home / "keys" / f"{handle}{ending}" for ending in (".txt", ".age")]
        found = [path for path in kept if path.exists()]
        if not found:
            # Its name is not repeated: what is typed in the wrong place can be what a record says.
            raise NoKeyError(
                "there is no identity of this handle here",
                f"make one: tipcase keygen --handle HANDLE --keys {context.book.config.keys}",
            )
        context.identity = str(found[0])
    if context.person.handle != handle:
        raise UsageError("the identity is not of this handle", "leave out --handle")


def _bring_back(context: Context, source: str | None, *, named: bool, dry_run: bool) -> Result:
    from tipcase import terminal
    from tipcase.casebook import recovering

    book, person = context.book, context.person
    need = recovering.plan(book, person)
    seed = recovering.holder(book, read_seed(source))
    total = len(recovering.places(book))
    with terminal.progress("opening the cases", total) as step:
        if dry_run:
            done = recovering.foresee(book, seed, person, named=named, step=step)
        else:
            _, done = recovering.recover(
                book, seed, person, lambda: context.time, named=named, step=step
            )
    one, many = ("would be", "would be") if dry_run else ("is", "are")
    said = {
        recovering.ADDED: f"{person.handle} {one} on the staff: {', '.join(recovering.ROLES)}",
        recovering.REPLACED: f"the keys of {person.handle} {many} replaced: everybody is told",
        recovering.THERE: f"{person.handle} is on the staff with this key",
    }[need]
    return _told(
        context,
        {"handle": person.handle, "staff": need},
        done,
        [
            said,
            f"{_cases(done.changed)} {'would open' if dry_run else 'opened'}, "
            f"{_cases(done.unchanged)} open already",
            *_named(done, dry_run=dry_run),
            *_closed(done, "; with the seed: tipcase recover --named"),
            f"casebook: {book.id} (compare it with the sheet)",
            "next: tipcase verify, then a new seed: tipcase recover --new-seed",
        ],
        dry_run=dry_run,
    )


def _new_seed(
    context: Context, source: str | None, sheet: Path | None, *, named: bool, dry_run: bool
) -> Result:
    """A new seed: shown or written before it counts, so that none ever counts that nobody has."""
    from tipcase import terminal
    from tipcase.casebook import recovering
    from tipcase.keyring import recovery

    book, person = context.book, context.person
    if sheet is not None:
        check_sheet(sheet, book.root)
    old = _old_seed(context, source)
    opened: tuple[tuple[str, int], ...] = ()
    if old is not None and not dry_run:
        with terminal.progress("opening the cases", len(recovering.places(book))) as step:
            # What fails here fails again below, and is said there.
            book, brought = recovering.recover(
                book, old, person, lambda: context.time, named=named, step=step
            )
        opened = brought.named
    if not dry_run:
        seed = recovery.new_seed()
        hand_over(book, seed, context.day.isoformat(), sheet)
        member = book.roster.now.get(person.handle)
        # An admin's word is worth more than that of a seed which somebody else may have.
        signer = person if member is not None and "admin" in member.roles else old
        book = recovering.replace_seed(
            book, recovery.person(seed, book.config.keys), signer or person, context.time
        )
        terminal.say("the new seed counts from now on; the old sheet opens nothing new: burn it")
    if dry_run:
        with terminal.progress("looking at the cases", len(recovering.places(book))) as step:
            done = (
                recovering.foresee(book, old, person, named=named, step=step)
                if old is not None
                else recovering.examine(book, person, step)
            )
    else:
        done = dataclasses.replace(_renewed(context, book, dry_run=False), named=opened)
    return _finished(context, done, {"sheet": str(sheet) if sheet else None}, dry_run=dry_run)


def _old_seed(context: Context, source: str | None) -> Person | None:
    """The seed in force where it was given, or where nobody at hand may replace it without it."""
    from tipcase.casebook import recovering

    member = context.book.roster.now.get(context.person.handle)
    known = member is not None and (
        member.card.signing_key == context.person.signing_key.public and "admin" in member.roles
    )
    if source is None and known:
        return None
    recovering.plan(context.book, context.person)
    return recovering.holder(context.book, read_seed(source))


def _finish(context: Context, *, dry_run: bool) -> Result:
    done = _renewed(context, context.book, dry_run=dry_run)
    return _finished(context, done, {}, dry_run=dry_run)


def _renewed(context: Context, book: Book, *, dry_run: bool) -> Done:
    from tipcase import terminal
    from tipcase.casebook import recovering

    with terminal.progress("new keys", len(recovering.places(book))) as step:
        return recovering.finish(
            book, context.person, lambda: context.time, step=step, dry_run=dry_run
        )


def _finished(context: Context, done: Done, data: dict[str, Any], *, dry_run: bool) -> Result:
    lines = [
        f"new keys: {_cases(done.changed)}{' would get them' if dry_run else ''}; "
        f"none needed: {_cases(done.unchanged)}",
        *_named(done, dry_run=dry_run),
        *_closed(
            done, ": the new seed opens them once one of these types: tipcase recover --finish"
        ),
    ]
    if done.failed:
        lines.append("a supervisor of the cases that failed types: tipcase recover --finish")
    if not dry_run:
        lines.append("what was written before can still be opened with the old sheet, in any copy")
    return _told(context, data, done, lines, dry_run=dry_run)


def _told(
    context: Context, data: dict[str, Any], done: Done, talk: list[str], *, dry_run: bool
) -> Result:
    """The answer of a batch: what was done, what was not and why."""
    failures = [
        {"case": item.case, "code": item.error.exit_code, "message": item.error.sentence}
        for item in done.failed
    ]
    return Result(
        data={
            **data,
            "casebook": context.book.id,
            "changed": list(done.changed),
            "unchanged": list(done.unchanged),
            "named_opened": dict(done.named),
            "sealed_to_others": dict(done.left),
            "failed": failures,
            "dry_run": dry_run,
        },
        text=tuple(f"{item.case}\tfailed" for item in done.failed),
        talk=tuple(talk),
        errors=tuple(of_case(item.case, item.error) for item in done.failed),
        code=worst([item.error for item in done.failed]),
    )


def _named(done: Done, *, dry_run: bool) -> list[str]:
    """What was closed to the person and is opened, although others alone were named."""
    count = sum(number for _, number in done.named)
    if not count:
        return []
    verb = "would be" if dry_run else "are"
    return [
        f"{count} records sealed to named people {verb} opened to you too, in "
        f"{_cases(case for case, _ in done.named)}"
    ]


def _closed(done: Done, after: str) -> list[str]:
    count = sum(number for _, number in done.left)
    if not count:
        return []
    return [
        f"{count} records in {_cases(case for case, _ in done.left)} are sealed to other people"
        f"{after}"
    ]


def _cases(places: Iterable[str]) -> str:
    """How many cases, with the provider's records where they are among them."""
    from tipcase.journal.names import PROVIDER

    found = list(places)
    count = sum(place != PROVIDER for place in found)
    cases = "1 case" if count == 1 else f"{count} cases"
    return f"{cases} and the provider's records" if PROVIDER in found else cases


def read_seed(source: str | None) -> bytes:
    """The seed from a file, the input or, line by line and without echo, the keyboard."""
    from tipcase.cli.words import read_text
    from tipcase.keyring import recovery

    if source is not None:
        text = read_text("-" if source == "-" else f"@{source}", "seed")
        return recovery.from_words(text)
    from tipcase import terminal

    typed = ""
    for _ in range(_TRIES):
        if recovery.is_whole(typed):
            return recovery.from_words(typed)
        number = len(typed) // 4 + 1
        what = f"groups {number} and {number + 1} of 14 (what you type is not shown)"
        part = recovery.letters(terminal.passphrase(what, "--seed-file FILE"))
        if recovery.is_part(part):
            typed += part
        else:
            terminal.say("groups have four letters or digits each: type this line once more")
    raise ConflictError("the seed was not typed", "run the command again, or give --seed-file FILE")


# Seven lines of two groups, and a slip in each.
_TRIES = 14
