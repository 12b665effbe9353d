"""What can be chosen of all cases."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from tipcase.cli.context import Context
from tipcase.cli.selection import Selection
from tipcase.errors import NotFoundError, UsageError

CONTEXT = cast(
    Context,
    SimpleNamespace(
        book=SimpleNamespace(
            edition=SimpleNamespace(stages=(SimpleNamespace(name="recovery"),)),
            # Who left is chosen too: their cases are somebody else's to take over.
            roster=SimpleNamespace(now={"cw1": None}, everyone=lambda: {"cw1": None, "gone": None}),
        )
    ),
)


@pytest.mark.parametrize(
    ("selection", "refusal"),
    [
        (Selection(), None),
        (Selection(stage="recovery", state="closed", team="cw1", overdue=True), None),
        (Selection(team="gone"), None),
        (Selection(team="nobody"), NotFoundError),
        (Selection(stage="recover"), NotFoundError),
        (Selection(state="shut"), UsageError),
    ],
)
def test_what_no_case_can_be_is_refused(
    selection: Selection, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        selection.check(CONTEXT)
    else:
        with pytest.raises(refusal):
            selection.check(CONTEXT)


@pytest.mark.parametrize(
    ("selection", "asked", "fits"),
    [
        (Selection(), False, True),
        (Selection(overdue=True), True, True),
        (Selection(stage="recovery", state="open", team="cw1"), True, True),
        (Selection(stage="reception"), True, False),
        (Selection(state="closed"), True, False),
        (Selection(team="cw2"), True, False),
    ],
)
def test_which_cases_fit(selection: Selection, asked: bool, fits: bool) -> None:
    assert selection.asked is asked
    assert selection.fits("recovery", "open", {"cw1", "sup"}) is fits
