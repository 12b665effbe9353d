"""``resolve``: choose where people wrote a field apart from each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tipcase.cli.context import HYGIENE, Context
from tipcase.cli.frame import CaseArgument, JudgeOption, RecordArgument, application, context_of
from tipcase.cli.put import save
from tipcase.cli.words import read_text
from tipcase.errors import NotFoundError, TerminalNeededError, TipcaseError, UsageError
from tipcase.output import Result

if TYPE_CHECKING:
    from tipcase.casebook.merge.conflicts import Conflict
    from tipcase.law import RecordType

app = application()


@app.command(
    help="Choose between what people wrote apart: FIELD=NUMBER or FIELD=HANDLE, as `show` tells "
    f"them (0: what stands there now). Without a choice, on a terminal, it asks. {HYGIENE}."
)
def resolve(
    ctx: typer.Context,
    case: CaseArgument,
    record: RecordArgument,
    choices: Annotated[
        list[str] | None, typer.Argument(metavar="[FIELD=CHOICE]...", help="One for each field.")
    ] = None,
    take: Annotated[
        str | None, typer.Option(metavar="HANDLE", help="In all others, what this person wrote.")
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=VALUE", help="Another value: FIELD=-, FIELD=@FILE or text."),
    ] = None,
    clear: Annotated[
        list[str] | None, typer.Option(metavar="FIELD", help="Leave this field out.")
    ] = None,
    dry_run: JudgeOption = False,
) -> Result:
    """Choose between what people wrote apart from each other."""
    words = Words(tuple(choices or ()), take, tuple(value or ()), tuple(clear or ()))
    return settle(context_of(ctx), case, record, words, dry_run=dry_run)


class Words:
    """What was typed: choices, whose values to take, other values, fields to leave out."""

    def __init__(
        self,
        choices: tuple[str, ...] = (),
        take: str | None = None,
        values: tuple[str, ...] = (),
        clear: tuple[str, ...] = (),
    ) -> None:
        self.choices = _pairs(choices, "FIELD=NUMBER")
        self.take = take
        self.values = _pairs(values, "--value FIELD=VALUE")
        self.clear = clear
        named = [*(f for f, _ in self.choices), *(f for f, _ in self.values), *clear]
        if len(set(named)) < len(named):
            raise UsageError("a field is named twice", "give one choice for each field")
        if sum(text == "-" for _, text in self.values) > 1:
            raise UsageError(
                "only one value can come from the input", "give the others as FIELD=@FILE"
            )

    @property
    def none(self) -> bool:
        """Whether nothing was said of what to choose."""
        return not (self.choices or self.values or self.clear or self.take is not None)


def settle(
    context: Context, case: str, record: str, words: Words, *, dry_run: bool = False
) -> Result:
    """Put what was chosen into the record, judged as ``set`` does, and end those conflicts."""
    from tipcase.casebook import intake
    from tipcase.casebook.case import Case
    from tipcase.casebook.merge import choices
    from tipcase.casebook.naming import parse_record_name, record_name

    kind, tag = parse_record_name(record)
    book = context.book
    found = Case(book, context.case(case))
    row = intake.record_type(book.edition, kind, found.id)
    tag = intake.only_tag(found, row, tag)
    path = found.find(kind, tag)
    if path is None:
        raise NotFoundError(f"{found.id} has no {kind} yet", f"tipcase show {found.id}")
    seen = (found.current(path).sha256,)
    content = found.read(path, context.person)
    open_ = content.header.conflicts
    if not open_:
        raise NotFoundError(
            f"{record_name(kind, tag)} of {found.id} has no open conflict",
            f"tipcase status {found.id} shows where there are some",
        )
    chosen = _chosen(row, open_, content.data, words)
    tree: Any = intake.existing(found, kind, tag, context.person)
    before = intake.draft(book.edition, kind, tree, found.id, tag)
    for field, value in chosen.items():
        choices.settle(tree, field, value)
    draft = intake.draft(book.edition, kind, tree, found.id, tag)
    done = save(
        context,
        found.id,
        kind,
        tag,
        draft,
        dry_run=dry_run,
        replace=tag is not None,
        seen=seen,
        before=before,
        settled=tuple(chosen),
    )
    return _told(done, found.id, record_name(kind, tag), open_, chosen)


def _told(
    done: Result, case: str, name: str, open_: tuple[Conflict, ...], chosen: Mapping[str, Any]
) -> Result:
    """The answer of ``save`` with what was settled and what stays open, by field."""
    import dataclasses

    if done.code:
        return done
    left = [one.field for one in open_ if one.field not in chosen]
    data = {**done.data, "settled": sorted(chosen), "open": left}
    talk = (f"{len(left)} still open: tipcase resolve {case} {name}",) if left else ()
    return dataclasses.replace(done, data=data, text=(), talk=(*done.talk, *talk))


def _chosen(
    row: RecordType, open_: tuple[Conflict, ...], data: Mapping[str, Any], words: Words
) -> dict[str, Any]:
    """The value for each field that is settled now; ``ABSENT`` where it is left out."""
    from tipcase.casebook import intake
    from tipcase.casebook.merge import choices, conflicts

    by_field = {one.field: one for one in open_}
    named = [*words.choices, *words.values, *((field, "") for field in words.clear)]
    if any(field not in by_field for field, _ in named):
        raise NotFoundError(
            "a field that is named is not in conflict",
            f"those that are: {', '.join(one.field for one in choices.disputed(open_))}",
        )
    standing = {one.field: conflicts.at(data, conflicts.steps_of(one.field)) for one in open_}
    found: dict[str, Any] = {
        field: choices.choice(by_field[field], word, standing[field])
        for field, word in words.choices
    }
    for field, text in words.values:
        kind = intake.kind_of(row, conflicts.steps_of(field))
        written = read_text(text, "value")
        if not written:
            raise UsageError("a value is empty", "to leave the field out: --clear FIELD")
        found[field] = intake.value_of(written, kind)
    found |= dict.fromkeys(words.clear, conflicts.ABSENT)
    if words.take is not None:
        rest = [one for one in open_ if one.field not in found]
        if words.take.isdigit() and len(rest) > 1:
            raise UsageError("a number counts within one field", "give FIELD=NUMBER for each")
        found |= {one.field: choices.choice(one, words.take, standing[one.field]) for one in rest}
    return found if not words.none else _asked(open_, standing)


# -- asking --


def _asked(open_: tuple[Conflict, ...], standing: Mapping[str, Any]) -> dict[str, Any]:
    """Go through the open conflicts with the person; an empty answer leaves one open."""
    from tipcase import terminal
    from tipcase.casebook.merge import choices

    flag = "FIELD=NUMBER, --take HANDLE, --value FIELD=VALUE or --clear FIELD"
    if not terminal.present():
        raise TerminalNeededError("no choice is given and nobody can be asked", f"give {flag}")
    found = {}
    for one in open_:
        for line in choices.told([one], ""):
            terminal.say(line)
        while word := terminal.ask("which one (empty: leave it open)", flag):
            try:
                found[one.field] = choices.choice(one, word, standing[one.field])
                break
            except TipcaseError as error:
                terminal.say(f"{error.sentence}: {error.hint}")
    if not found:
        raise UsageError("nothing was chosen", "run the command again when you know")
    return found


def _pairs(words: tuple[str, ...], form: str) -> list[tuple[str, str]]:
    split = [word.partition("=") for word in words]
    if any(not equals or not field or not text for field, equals, text in split):
        raise UsageError(f"a choice is written {form}", "tipcase show CASE RECORD numbers them")
    return [(field, text) for field, _, text in split]
