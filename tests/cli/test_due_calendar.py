"""``due --ics``: what a phone reads of it, and what it must never learn; ``due --mine``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.conftest import Office
from tipcase.cli.ics import calendar
from tipcase.law.dates import Interval
from tipcase.law.findings import Text
from tipcase.law.schedule import Due

DAY = ("--as-of", "2026-11-21")
STAMP = datetime(2026, 11, 21, 3, 4, 5, tzinfo=UTC)
BOOK = "0" * 64


def read(content: bytes) -> list[tuple[str, date, date]]:
    """The title and the days of each event, end included, as the package ``icalendar`` has them."""
    found = icalendar.Calendar.from_ical(content)
    assert not found.errors
    events: Any = found.walk("VEVENT")
    assert all(not event.errors for event in events)
    return [(str(e["SUMMARY"]), e["DTSTART"].dt, e["DTEND"].dt - timedelta(days=1)) for e in events]


def item(case: str, days: Interval | None, state: Any = "coming", entry: str = "plan-goal") -> Due:
    label = Text("a secret label", "ស្លាកសម្ងាត់")
    return Due(
        case, entry, "case-planning", "goals[].due_on", days, state, "857/7.5.4", False, label
    )


def on(text: str, until: str | None = None) -> Interval:
    return Interval(date.fromisoformat(text), date.fromisoformat(until or text))


def test_each_case_and_day_is_one_event_and_late_things_are_of_today() -> None:
    found = [
        item("K7Q2-M9TX", on("2026-12-01")),
        item("K7Q2-M9TX", on("2026-12-01"), entry="legal-hearing"),
        item("AAAA-BBBB", on("2026-12-01")),
        item("AAAA-BBBB", on("2026-02-01", "2026-02-28"), "late"),
        item("AAAA-BBBB", on("2026-11-21"), "due"),
        item("AAAA-BBBB", on("2026-12-01", "2026-12-31")),
        item("provider", None, "never"),
    ]
    today = date(2026, 11, 21)
    assert read(calendar(found, BOOK, today, STAMP)) == [
        ("AAAA-BBBB", today, today),
        ("provider", today, today),
        ("AAAA-BBBB", date(2026, 12, 1), date(2026, 12, 1)),
        ("K7Q2-M9TX", date(2026, 12, 1), date(2026, 12, 1)),
        ("AAAA-BBBB", date(2026, 12, 1), date(2026, 12, 31)),
    ]


def test_an_event_says_nothing_but_the_case_and_the_day() -> None:
    content = calendar([item("K7Q2-M9TX", on("2026-12-01"))], BOOK, date(2026, 11, 21), STAMP)
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    uid = str(event["UID"])
    assert re.fullmatch("[0-9a-f]{32}", uid)
    assert content.decode().replace(uid, "UID-OF-IT").split("\r\n") == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//due//EN",
        "BEGIN:VEVENT", "UID:UID-OF-IT", "DTSTAMP:20261121T030405Z",
        "DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261202",
        "SUMMARY:K7Q2-M9TX", "CLASS:PRIVATE", "TRANSP:TRANSPARENT",
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip


def test_an_event_is_known_again_and_differs_by_casebook_case_and_day() -> None:
    def uids(book: str, *found: Due, stamp: datetime = STAMP) -> list[str]:
        content = calendar(found, book, date(2026, 11, 21), stamp)
        return [str(e["UID"]) for e in icalendar.Calendar.from_ical(content).walk("VEVENT")]

    one = item("K7Q2-M9TX", on("2026-12-01"))
    assert uids(BOOK, one) == uids(BOOK, one, stamp=STAMP + timedelta(days=1))
    others = [item("AAAA-BBBB", on("2026-12-01")), item("K7Q2-M9TX", on("2026-12-02"))]
    month = item("K7Q2-M9TX", on("2026-12-01", "2026-12-31"))
    every = uids(BOOK, one, *others, month) + uids("1" * 64, one)
    assert len(set(every)) == 5


def test_a_calendar_of_nothing_is_one_too() -> None:
    assert read(calendar([], BOOK, date(2026, 11, 21), STAMP)) == []


@given(
    cases=st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
    ),
    start=st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    length=st.integers(0, 400),
)
def test_lines_are_short_and_end_as_the_format_says(
    cases: list[str], start: date, length: int
) -> None:
    days = Interval(start, start + timedelta(days=length))
    found = [item(case.translate({ord(c): None for c in ",;\\"}) * 9, days) for case in cases]
    content = calendar(found, BOOK, date(2026, 11, 21), STAMP)
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert {(case, *span) for case, *span in read(content)} == {
        (one.case, days.earliest, days.latest) for one in found
    }


def settle(office: Office, day: str, case: str = "") -> None:
    data = {"birth": {"date": "2009", "basis": "told"}, "age_settling": {"due_on": day}}
    office.done("put", case or office.case, "profile", "-", input=json.dumps(data))


def test_the_calendar_has_the_same_days_as_the_list(office: Office) -> None:
    settle(office, "2026-12")
    office.put(
        "follow-up",
        '{"happened_on": "2026-11-01", "reached": "met", "next_visit_on": "2026-11-20"}',
    )
    listed = office.data("due", office.case, *DAY)
    assert {one["state"] for one in listed} == {"late", "coming"}
    ran = office.run("due", office.case, "--ics", *DAY)
    assert read(ran.stdout.replace("\r\n", "\n").replace("\n", "\r\n").encode()) == [
        (office.case, date(2026, 11, 21), date(2026, 11, 21)),
        (office.case, date(2026, 12, 1), date(2026, 12, 31)),
    ]
    assert "cloud" in ran.stderr
    # A hash may hold any three digits by chance.
    told = "\n".join(line for line in ran.stdout.splitlines() if not line.startswith("UID:"))
    for word in ("visit", "age", "profile", "follow", "857", "tipcase"):
        assert word not in told.lower()


def test_the_file_is_private_new_and_outside_the_casebook(office: Office, tmp_path: Path) -> None:
    settle(office, "2026-11-25")
    target = tmp_path / "mine.ics"
    words = ("due", "--ics", "--out", target, *DAY)
    assert office.done(*words).strip() == str(target)
    assert target.stat().st_mode & 0o777 == 0o600
    content = target.read_bytes()
    assert (office.case, date(2026, 11, 25), date(2026, 11, 25)) in read(content)
    ran = office.run(*words)
    assert (ran.code, target.read_bytes()) == (5, content)
    assert office.data("due", office.case, "--ics", "--out", tmp_path / "b.ics", *DAY) == {
        "file": str(tmp_path / "b.ics")
    }
    before = office.snapshot()
    for place in (office.book / "due.ics", office.book / "cases" / "due.ics"):
        ran = office.run("due", "--ics", "--out", place, *DAY)
        assert (ran.code, "inside the casebook" in ran.stderr) == (2, True)
    link = tmp_path / "link.ics"
    os.symlink(office.book / "due.ics", link)
    assert office.run("due", "--ics", "--out", link, *DAY).code in (2, 5)
    assert office.snapshot() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--out", "a.ics"), "--ics"),
        (("--ics", "--json"), "--out"),
        (("--mine", "provider"), "--mine"),
    ],
)
def test_what_does_not_go_together_is_told(
    office: Office, words: tuple[str, ...], said: str
) -> None:
    ran = office.run("due", *words)
    assert (ran.code, said in ran.stderr) == (2, True)


def test_mine_are_the_cases_that_i_work_on(
    office: Office, second_person: Callable[..., Path]
) -> None:
    settle(office, "2026-11-25")
    mine = office.data("due", "--mine", *DAY)
    assert {one["case"] for one in mine} == {office.case}
    assert "provider" in {one["case"] for one in office.data("due", *DAY)}
    home = {"TIPCASE_HOME": str(second_person())}
    office.done("grant", office.case, "cw2")
    # Who may read it does not work on it, until they sign an entry of it.
    assert {one["case"] for one in office.data("due", *DAY, env=home)} >= {office.case}
    assert office.data("due", "--mine", *DAY, env=home) == []
    office.done("set", office.case, "profile", "age_settling.due_on=2026-11-26", env=home)
    assert [one["due_on"] for one in office.data("due", "--mine", *DAY, env=home)] == ["2026-11-26"]
    office.done("revoke", office.case, "cw2")
    assert office.data("due", "--mine", *DAY, env=home) == []
