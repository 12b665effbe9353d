"""Which cases a list is about: by stage, state, team, and whether something of them is late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from tipcase.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from tipcase.cli.context import Context
    from tipcase.law import Dossier

StageOption = Annotated[
    str | None, typer.Option("--stage", metavar="STAGE", help="Only cases at this stage.")
]
StateOption = Annotated[
    str | None,
    typer.Option("--state", metavar="STATE", help="Only cases that are open or closed."),
]
TeamOption = Annotated[
    str | None, typer.Option("--team", metavar="HANDLE", help="Only cases of this person's teams.")
]
OverdueOption = Annotated[
    bool,
    typer.Option("--overdue", help="Only cases of which something is late; this needs your key."),
]
IdsOption = Annotated[
    bool, typer.Option("--ids", help="Case ids alone, one a line, for other commands.")
]


@dataclass(frozen=True)
class Selection:
    """What somebody wants to see of all cases; None where it is all the same."""

    stage: str | None = None
    state: str | None = None
    team: str | None = None
    overdue: bool = False

    @property
    def asked(self) -> bool:
        """Whether anything is chosen at all."""
        return self != Selection()

    def check(self, context: Context) -> None:
        """Refuse what no case can be: another state, a stage or a person there is not."""
        if self.state not in (None, "open", "closed"):
            raise UsageError("--state takes one of: open, closed", "give --state open")
        if self.stage is not None:
            names = [known.name for known in context.book.edition.stages]
            if self.stage not in names:
                raise NotFoundError("there is no such stage", "one of: " + ", ".join(names))
        if self.team is not None and self.team not in context.book.roster.everyone():
            raise NotFoundError(
                "nobody of this handle is or was on the staff",
                "tipcase staff list shows who is",
            )

    def fits(self, stage: str, state: str, team: Collection[str]) -> bool:
        """Whether a case that stands so is one of them, as far as can be told without a key."""
        return (
            self.stage in (None, stage)
            and self.state in (None, state)
            and (self.team is None or self.team in team)
        )


def late(context: Context, dossier: Dossier) -> bool:
    """Whether something of a case is late, as ``due`` says it."""
    from tipcase.law.schedule import due

    return any(
        item.state == "late" for item in due(context.book.edition, dossier, context.today, within=0)
    )
