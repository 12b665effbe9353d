"""A report is attacked table by table with all that is out, and remembered as it was shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from tests.reports.cases import definition, edition
from tipcase.errors import UsageError
from tipcase.reports import disclosure, publishing
from tipcase.reports.counting import Counted, count
from tipcase.reports.definition import ReportBook
from tipcase.reports.disclosure import Audit, Earlier, NotProtectableError, Policy
from tipcase.reports.disclosure.policy import TooMuchWorkError
from tipcase.reports.period import parse
from tipcase.reports.publications import Publication, Published
from tipcase.reports.tables import Frame, Measure

DAYS = (date(2026, 7, 1), date(2026, 9, 30))
shipped = cache(ReportBook(edition(), definition()).get)


class Solver:
    """Protects nothing: every cell reads as the table that it belongs to; notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Frame, tuple[Frame, ...], list[Earlier], object]] = []

    def __call__(
        self,
        frame: Frame,
        policy: Policy,
        earlier: Sequence[Earlier] = (),
        also: Sequence[Frame] = (),
        *,
        period: object = None,
    ) -> Any:
        self.told.append((frame, tuple(also), list(earlier), period))
        shown = {codes: (f"shown {len(self.told)}",) for codes in frame.cells}
        beside = {codes: (f"beside {len(self.told)}",) for codes in also[0].cells}
        return SimpleNamespace(shown=shown, also=(beside,), audit=Audit(1, 2, 3, 4, 5))


class Strict(Solver):
    """Refuses tables that tell which are small, rounded ones, and (``all``) every other too."""

    def __init__(self, error: NotProtectableError, *, refuses: str) -> None:
        super().__init__()
        self._error, self._refuses = error, refuses

    def __call__(self, frame: Frame, policy: Policy, *more: Any, **how: Any) -> Any:
        """Protect nothing, or refuse."""
        if policy.mark == "<k" or policy.rounding or self._refuses == "all":
            raise self._error
        return super().__call__(frame, policy, *more, **how)


@pytest.fixture
def solver(monkeypatch: pytest.MonkeyPatch) -> Solver:
    found = Solver()
    monkeypatch.setattr(disclosure, "protect", found)
    return found


def counted(name: str, **how: Any) -> Counted:
    yes = [{"on": "2026-02-01", "answer": "given", "by": "self"}]
    spans = [{"from": "2026-08-05", "how": "new"}]
    facts: dict[str, dict[str, Any]] = {
        "A": {"spans": spans, "reporting": yes, "sex": "female"},
        "B": {"spans": spans},
    }
    return count(shipped(name), facts, parse("2026-Q3"), as_of=date(2026, 10, 12), **how)


def test_each_table_is_attacked_with_all_that_is_out(solver: Solver) -> None:
    old = Published("old", Frame((), (Measure("n", shipped("monthly").title),), ()), {(): ("x",)})
    days = (date(2026, 1, 1), date(2026, 3, 31))
    before = Publication("old", *days, (), (), "network", 5, 3, (old,))
    report = counted("monthly")
    done = publishing.protected(report, Policy(11, rounding=12), [before], "outside")
    assert [one.table.id for one in done] == [one.id for one in report.tables]
    for number, (one, (frame, also, earlier, period)) in enumerate(
        zip(done, solver.told, strict=True)
    ):
        # Only who agreed is broken down, and who did not is attacked with them.
        assert (frame, also) == (one.table.given, (one.table.consent,))
        assert {item.case for item in frame.items} <= {"A"}
        assert period == DAYS
        first, *same = earlier
        assert (first.frame, first.shown) == (old.frame, old.shown)
        assert (first.k, first.rounding, first.period) == (5, 3, days)
        assert first.audience == "network"
        assert one.audit == Audit(1, 2, 3, 4, 5)
        # The tables before it in the same report are out too, with those beside them.
        told = [
            pair
            for two in done[:number]
            for pair in ((two.table.given, two.shown), (two.table.consent, two.beside))
        ]
        assert [(two.frame, two.shown) for two in same] == told
        assert {(two.k, two.rounding, two.period) for two in same} <= {(11, 12, DAYS)}
        assert {two.audience for two in same} <= {"outside"}


def test_who_reads_it_is_told_by_its_audience_and_not_by_its_threshold(solver: Solver) -> None:
    publishing.protected(counted("monthly"), Policy(11), [], publishing.NETWORK)
    audiences = {one.audience for _, _, earlier, _ in solver.told for one in earlier}
    assert audiences == {"network"}


@pytest.mark.parametrize(
    ("policy", "refuses", "kind", "hint"),
    [
        (Policy(11, "<k"), "marks", NotProtectableError, "leave out --mark k"),
        (Policy(11, rounding=11), "marks", NotProtectableError, "leave out --round"),
        (Policy(11, "<k"), "all", NotProtectableError, "a hint"),
        (Policy(11, rounding=11), "all", NotProtectableError, "a hint"),
        (Policy(11), "all", NotProtectableError, "a hint"),
        # What was too much to check is not checked once more.
        (Policy(11, "<k"), "marks", TooMuchWorkError, "a hint"),
    ],
    ids=["mark", "round", "mark, and all", "round, and all", "all", "too much"],
)
def test_where_its_mark_or_rounding_is_the_cause_a_refusal_says_so(
    policy: Policy, refuses: str, kind: Any, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosure, "protect", Strict(kind("no", "a hint"), refuses=refuses))
    with pytest.raises(NotProtectableError) as refused:
        publishing.protected(counted("monthly"), policy, [])
    assert (refused.value.sentence, refused.value.hint) == ("no", hint)


def test_what_was_shown_is_remembered_with_what_stood_beside(solver: Solver) -> None:
    report = counted("monthly", by=("sex",), where=[("sex", "female")])
    done = publishing.protected(report, Policy(5), [])
    made = publishing.publication(report, Policy(5, rounding=6), publishing.NETWORK, done)
    assert (made.report, made.begins, made.ends) == ("monthly", *DAYS)
    assert (made.by, made.where, made.audience) == (("sex",), ("sex=female",), "network")
    assert (made.threshold, made.rounding) == (5, 6)
    assert [(one.table, one.frame, one.shown) for one in made.tables] == [
        told
        for one in done
        for told in (
            (one.table.id, one.table.given, one.shown),
            (f"{one.table.id}: reporting", one.table.consent, one.beside),
        )
    ]


def test_what_is_for_the_office_alone_is_not_even_attacked(solver: Solver) -> None:
    with pytest.raises(UsageError, match="the report workload is for the office alone"):
        publishing.protected(counted("workload"), Policy(5), [])
    assert not solver.told
