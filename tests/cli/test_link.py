"""``link``: two cases that belong together say so in both profiles."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office
from tipcase.casebook import change
from tipcase.errors import MachineError


@pytest.fixture
def other(office: Office) -> str:
    return office.done("new").strip()


def links(office: Office, case: str) -> list[tuple[str, str]]:
    content = office.data("show", case, "profile")["content"]
    return [(item["linked_case"], item["link_kind"]) for item in content.get("linked_cases", [])]


@pytest.mark.parametrize(
    ("kind", "back"),
    [
        ("sibling", "sibling"),
        ("parent", "child"),
        ("child", "parent"),
        ("spouse", "spouse"),
        ("same-rescue", "same-rescue"),
        ("other-relative", "other-relative"),
    ],
)
def test_both_cases_say_it_each_from_its_side(
    office: Office, other: str, kind: str, back: str
) -> None:
    told = office.data("link", office.case, other, "--as", kind)
    assert [(c["case"], c["link_kind"], c["written"]) for c in told["cases"]] == [
        (office.case, kind, True),
        (other, back, True),
    ]
    assert links(office, office.case) == [(other, kind)]
    assert links(office, other) == [(office.case, back)]
    assert office.run("verify").code == 0


def test_it_says_what_it_wrote_and_writes_it_once(office: Office, other: str) -> None:
    ran = office.run("link", office.case, other, "--as", "sibling")
    assert (ran.code, ran.stdout) == (0, "")
    for case in (office.case, other):
        assert f"written into the profile of {case}" in ran.stderr
    before = office.snapshot()
    ran = office.run("link", office.case, other, "--as", "sibling")
    assert ran.code == 0
    assert ran.stderr.count("has this link already: nothing was written") == 2
    assert office.run("link", other, office.case, "--as", "sibling").code == 0
    assert office.snapshot() == before
    assert "sibling" not in ran.stderr


def test_two_kinds_of_one_pair_and_taking_them_away(office: Office, other: str) -> None:
    office.put("profile", "full_name: KEO Example  # as she says\n")
    office.done("link", office.case, other, "--as", "parent")
    office.done("link", office.case, other, "--as", "same-rescue")
    assert links(office, other) == [(office.case, "child"), (office.case, "same-rescue")]
    office.done("link", office.case, other, "--as", "parent", "--remove")
    assert links(office, office.case) == [(other, "same-rescue")]
    assert links(office, other) == [(office.case, "same-rescue")]
    office.done("link", office.case, other, "--as", "sibling")
    office.done("link", other, office.case, "--remove")
    assert links(office, office.case) == links(office, other) == []
    assert office.data("show", office.case, "profile")["content"] == {"full_name": "KEO Example"}
    before = office.snapshot()
    ran = office.run("link", office.case, other, "--remove")
    assert ran.code == 0
    assert "has no such link" in ran.stderr
    assert office.snapshot() == before


def test_an_honest_nobody_gives_way(office: Office, other: str) -> None:
    office.put("profile", "linked_cases: {unknown: not-applicable}\n")
    office.done("link", office.case, other, "--as", "sibling")
    assert links(office, office.case) == [(other, "sibling")]


def test_a_dry_run_writes_nothing(office: Office, other: str) -> None:
    before = office.snapshot()
    ran = office.run("link", office.case, other, "--as", "sibling", "--dry-run")
    assert ran.code == 0
    assert "would be written into" in ran.stderr
    told = office.data("link", office.case, other, "--as", "sibling", "--dry-run")
    assert {side["written"] for side in told["cases"]} == {False}
    assert office.snapshot() == before


def test_refusals(office: Office, other: str) -> None:
    before = office.snapshot()
    ran = office.run("link", office.case, other)
    assert ran.code == 8
    assert "give --as, one of: sibling, parent" in ran.stderr
    assert office.run("link", office.case, office.case, "--as", "sibling").code == 2
    assert office.run("link", office.case, "ZZZZ-ZZZZ", "--as", "sibling").code == 4
    ran = office.run("link", office.case, other, "--as", "canary-7316")
    assert ran.code == 4
    assert "canary" not in ran.stderr
    assert office.snapshot() == before


def test_a_case_that_is_not_open_to_the_person_leaves_both_alone(
    office: Office, second_person: Callable[..., Path]
) -> None:
    theirs = {"TIPCASE_HOME": str(second_person("cw2"))}
    own = office.done("new", env=theirs).strip()
    before = office.snapshot()
    for pair in ((own, office.case), (office.case, own)):
        assert office.run("link", *pair, "--as", "sibling", env=theirs).code == 6
    assert office.snapshot() == before


def test_a_damaged_case_leaves_both_alone(office: Office, other: str) -> None:
    office.done("put", other, "profile", "-", input="nationality: KH\n")
    victim = office.book / "cases" / other / "profile.yaml.age"
    stored = victim.read_bytes()
    victim.write_bytes(stored[:-1] + bytes([stored[-1] ^ 1]))
    before = office.snapshot()
    for pair in ((other, office.case), (office.case, other)):
        assert office.run("link", *pair, "--as", "sibling").code == 7
    assert office.snapshot() == before


def test_a_stop_between_the_two_is_shown_and_mended(
    office: Office, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = change.commit, list[int]()

    def once(*words: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise MachineError("there is no space left", "make room")
        real(*words)

    monkeypatch.setattr(change, "commit", once)
    assert office.run("link", office.case, other, "--as", "parent").code == 10
    monkeypatch.setattr(change, "commit", real)
    (half,) = [case for case in (office.case, other) if office.data("show", case)]
    whole = other if half == office.case else office.case
    told = office.done("status", half)
    hint = next(line for line in told.splitlines() if "only this case says so" in line)
    words = hint.partition("tipcase ")[2].split()
    assert words[:3] == ["link", half, whole]
    office.done(*words)
    assert "only this case" not in office.done("status", half)
    assert links(office, office.case) == [(other, "parent")]
    assert links(office, other) == [(office.case, "child")]


def test_two_who_link_the_same_cases_from_both_ends_do_not_wait_forever(
    office: Office, other: str
) -> None:
    codes = []

    def run(*pair: str) -> None:
        codes.append(office.process("link", *pair, "--as", "sibling").code)

    pairs = [(office.case, other), (other, office.case)] * 2
    threads = [threading.Thread(target=run, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0] * 4
    assert links(office, office.case) == [(other, "sibling")]
    assert links(office, other) == [(office.case, "sibling")]
