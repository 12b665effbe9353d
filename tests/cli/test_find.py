"""``find`` from the command line: what it answers, what it never says, and whose cases it reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office

PROFILE = {
    "full_name": "សុខ សុភា",
    "full_name_latin": "SOK Sophea",
    "other_names": [{"kind": "nickname", "name": "Canarykha"}],
    "birth": {"date": "1998-03-05", "basis": "told"},
    "sex": "female",
    "safe_contact": {"phone": "+85512345678"},
    "office_number": "EX-0001",
    "family_members": [{"name": "Canarymali", "relation": "mother"}],
    "narrative": "Canarystory",
}
VALUES = ("សុខ", "SOK", "Sok", "sok", "Canary", "canary", "1998", "12345678", "345 678", "EX-0001")


@pytest.fixture
def filed(office: Office) -> Office:
    """The office, its case with a profile."""
    office.put("profile", json.dumps(PROFILE))
    return office


def new(office: Office, **profile: Any) -> str:
    case = office.done("new", "--opened", "2026-02-05").strip()
    if profile:
        office.done("put", case, "profile", "-", input=json.dumps(profile))
    return case


def damage(office: Office, case: str) -> None:
    path = office.book / "cases" / case / "profile.yaml.age"
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("sophea sok\n", "exact\tlatin-name, name"),
        ("សុភា", "close\tname"),
        ("canarykha", "exact\tother-name"),
        ("012 345 678", "exact\tphone"),
        ("05/03/1998", "exact\tbirth"),
        ("ex 1", "close\toffice-number"),
    ],
    ids=["latin", "khmer", "nickname", "phone", "birth", "number"],
)
def test_a_case_is_found_and_its_value_not_said(filed: Office, text: str, answer: str) -> None:
    new(filed, full_name_latin="LY Borey", birth={"date": "1990"})
    ran = filed.run("find", "-", input=text)
    what = sorted(answer.split("\t")[1].split(", "))
    case, how, kinds = ran.stdout.strip().split("\t")
    assert (ran.code, case, how, sorted(kinds.split(", "))) == (
        0, filed.case, answer.split("\t")[0], what
    )  # fmt: skip
    told = filed.run("find", "-", "--json", input=text)
    (found,) = json.loads(told.stdout)["data"]["cases"]
    assert (found["case"], found["how"]) == (filed.case, how)
    assert sorted(match["what"] for match in found["matches"]) == what
    assert all(set(match) == {"what", "how"} for match in found["matches"])
    for value in VALUES:
        assert value not in ran.stdout + ran.stderr + told.stdout + told.stderr


def test_values_are_shown_to_who_asks_for_them(filed: Office) -> None:
    assert "SOK Sophea" in filed.done("find", "sophea", "--show")
    (found,) = filed.data("find", "sophea", "--show")["cases"]
    shown = [match["value"] for match in found["matches"]]
    assert "SOK Sophea" in shown and "Canarykha" not in str(shown)


@pytest.mark.parametrize("text", ["Canarymali", "Canarystory", "Canarynote"])
def test_nothing_else_is_searched(filed: Office, text: str) -> None:
    filed.put("note", json.dumps({"happened_on": "2026-03-01", "text": "Canarynote"}))
    ran = filed.run("find", text)
    assert (ran.code, ran.stdout) == (0, "")
    assert "nothing like this was found" in ran.stderr and text not in ran.stderr


def test_only_the_profile_is_opened(filed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from tipcase.casebook.case import Case

    filed.put("note", json.dumps({"happened_on": "2026-03-01", "text": "x"}))
    opened, read = list[str](), Case.plaintext

    def watched(case: Case, path: str, person: Any) -> bytes:
        opened.append(path)
        return read(case, path, person)

    monkeypatch.setattr(Case, "plaintext", watched)
    filed.done("find", "sophea")
    assert opened == ["profile.yaml.age"]


def test_without_a_terminal_nothing_is_asked(filed: Office) -> None:
    ran = filed.run("find")
    assert ran.code == 8 and "tipcase find -" in ran.stderr


def test_a_question_asks_for_it(filed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def ask(question: str, flag: str) -> str:
        asked.append(question)
        return "canarykha"

    monkeypatch.setattr("tipcase.terminal.present", lambda: True)
    monkeypatch.setattr("tipcase.terminal.ask", ask)
    assert filed.done("find", "--ids").split() == [filed.case]
    assert asked == ["what to look for"]


@pytest.mark.parametrize("text", ["", "?", "canary" * 40, "a\x07canary"])
def test_what_cannot_be_looked_for_is_refused_and_not_repeated(filed: Office, text: str) -> None:
    ran = filed.run("find", "-", input=text)
    assert ran.code in (2, 3) and ran.stdout == "" and "canary" not in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("words", [("x",), ("--show",), ("--ids",)])
def test_pairs_are_not_looked_for_by_a_text(filed: Office, words: tuple[str, ...]) -> None:
    assert filed.run("find", "--duplicates", *words).code == 2


def test_cases_that_are_not_open_are_counted(
    filed: Office, second_person: Callable[..., Path]
) -> None:
    env = {"TIPCASE_HOME": str(second_person())}
    for words in (("sophea",), (filed.case,), ("--duplicates",)):
        ran = filed.run("find", *words, "--json", env=env)
        data = json.loads(ran.stdout)["data"]
        assert (ran.code, data["searched"], data["not_open"]) == (0, 0, 1)
        assert not data.get("cases") and not data.get("pairs") and filed.case not in ran.stdout
        assert "1 case(s) are not open to you" in ran.stderr


def test_a_case_that_cannot_be_read_is_said_and_the_rest_searched(filed: Office) -> None:
    broken = new(filed, full_name_latin="SOK Sophea")
    damage(filed, broken)
    ran = filed.run("find", "sophea sok", "--json")
    data = json.loads(ran.stdout)["data"]
    assert (ran.code, data["unread"]) == (7, [broken]) and broken in ran.stderr
    assert [found["case"] for found in data["cases"]] == [filed.case]
    # Another record that is damaged does not hide who it is.
    broken = new(filed, full_name_latin="LY Borey")
    filed.done("put", broken, "note", "-", input=json.dumps({"text": "x"}))
    note = next((filed.book / "cases" / broken).glob("note-*"))
    note.write_bytes(note.read_bytes()[:-1])
    assert filed.run("find", "borey ly", "--ids").stdout.split() == [broken]


def test_a_damaged_journal_is_said(filed: Office) -> None:
    journal = next((filed.book / "cases" / filed.case / "journal").iterdir())
    with journal.open("ab") as end:
        end.write(b"{torn\n")
    ran = filed.run("find", "sophea")
    assert (ran.code, ran.stdout) == (7, "") and filed.case in ran.stderr


def test_what_people_wrote_apart_is_searched(
    filed: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase.casebook.case import Case
    from tipcase.casebook.merge.conflicts import Conflict, Said

    read = Case.read

    def disputed(case: Case, path: str, person: Any) -> Any:
        content = read(case, path, person)
        open_ = Conflict("full_name_latin", (Said("cw1", "t", "LY Borey"),))
        return replace(content, header=content.header._replace(conflicts=(open_,)))

    assert filed.done("find", "borey ly", "--ids") == ""
    monkeypatch.setattr(Case, "read", disputed)
    assert filed.done("find", "borey ly", "--ids").split() == [filed.case]


def test_several_processes_find_the_same(filed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    new(filed, full_name_latin="SOKH Sophear")
    damage(filed, new(filed, full_name_latin="LY Borey"))
    alone = filed.run("find", "sophea", "--json")
    monkeypatch.setattr("tipcase.casebook.parallel.WORTH", 0)
    monkeypatch.setattr("tipcase.casebook.parallel._processors", lambda: 2)
    together = filed.run("find", "sophea", "--json")
    assert (together.code, together.stdout) == (alone.code, alone.stdout)
    assert len(json.loads(alone.stdout)["data"]["cases"]) == 2


def test_possible_duplicates_are_hints(filed: Office) -> None:
    twin = new(filed, full_name_latin="Sophea Sok", birth={"date": "1998"})
    other = new(filed, full_name_latin="LY Borey", birth={"date": "1998"})
    before = filed.snapshot()
    (pair,) = filed.data("find", "--duplicates")["pairs"]
    assert sorted(pair["cases"]) == sorted((filed.case, twin)) and pair["how"] == "exact"
    assert pair["why"] == [
        {"what": "latin-name", "how": "exact"},
        {"what": "birth", "how": "close"},
    ]
    ran = filed.run("find", "--duplicates")
    assert ran.code == 0 and len(ran.stdout.splitlines()) == 1 and other not in ran.stdout
    assert "hints only" in ran.stderr and "Sok" not in ran.stdout + ran.stderr
    assert filed.snapshot() == before
    filed.done("link", filed.case, twin, "--as", "sibling")
    ran = filed.run("find", "--duplicates")
    assert (ran.code, ran.stdout) == (0, "") and "no two cases" in ran.stderr
