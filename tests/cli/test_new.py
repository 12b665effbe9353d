"""``new``: one case, and many from a list."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office
from tests.cli.hostile import CONTENT, SLOW
from tests.commands import SOURCE, Ran
from tipcase.casebook import change
from tipcase.errors import MachineError

LIST = """
opened: 2026-02-03
link: same-rescue
shared:
  profile:
    nationality: VN
    languages: [Vietnamese]
    safe_contact: {safe_hours: in the morning}
  note: {happened_on: 2026-02-03, text: All came in one boat.}
people:
  - profile: {full_name: ONE Example, safe_contact: {whose_phone: her own}}
  - profile: {full_name: TWO Example, nationality: KH, languages: [Khmer, Thai]}
    incident: {happened_on: 2026-02-04}
  - profile: {full_name: THREE Example, safe_contact: {unknown: declined}}
"""


def cases(office: Office) -> list[str]:
    """Every case but the office's first."""
    return sorted(row["case"] for row in office.data("list") if row["case"] != office.case)


def profile(office: Office, case: str) -> dict[str, Any]:
    found: dict[str, Any] = office.data("show", case, "profile")["content"]
    return found


def test_a_list_opens_a_case_for_each_with_the_shared_facts_below(office: Office) -> None:
    ids = office.done("new", "--from", "-", input=LIST).split()
    assert sorted(ids) == cases(office)
    assert {row["opened"] for row in office.data("list") if row["case"] in ids} == {"2026-02-03"}
    one, two, three = (profile(office, case) for case in ids)
    assert [p["full_name"] for p in (one, two, three)] == [
        "ONE Example",
        "TWO Example",
        "THREE Example",
    ]
    # Groups are laid over field by field, lists and honest unknowns whole.
    assert one["safe_contact"] == {"safe_hours": "in the morning", "whose_phone": "her own"}
    assert (two["nationality"], two["languages"]) == ("KH", ["Khmer", "Thai"])
    assert three["safe_contact"] == {"unknown": "declined"}
    for case, found in zip(ids, (one, two, three), strict=True):
        linked = {(item["linked_case"], item["link_kind"]) for item in found["linked_cases"]}
        assert linked == {(other, "same-rescue") for other in ids if other != case}
        assert "one boat" in office.done("show", case, "note")
    assert [len(office.data("show", case)) for case in ids] == [2, 3, 2]
    assert office.run("verify").code == 0


def test_json_gives_the_ids_and_a_file_is_read_too(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(LIST)
    ran = office.run("new", "--from", path, "--json")
    assert ran.code == 0
    assert sorted(json.loads(ran.stdout)["data"]) == cases(office)


def test_without_a_link_nobody_is_linked_and_the_day_can_be_given(office: Office) -> None:
    (case,) = office.done(
        "new", "--from", "-", "--opened", "2026-03-01", input="people: [{}]\n"
    ).split()
    assert office.data("show", case) == []
    assert office.data("status", case)["opened"] == "2026-03-01"


def test_a_dry_run_opens_nothing(office: Office) -> None:
    before = office.snapshot()
    ran = office.run("new", "--from", "-", "--dry-run", input=LIST)
    assert (ran.code, ran.stdout) == (0, "")
    assert "3 case(s) would be opened on 2026-02-03" in ran.stderr
    assert office.run("new", "--dry-run").code == 0
    assert office.snapshot() == before


CANARY = "canary-7316"
WRONG = {
    "a value of the second person": (
        "people:\n  - profile: {full_name: X}\n  - profile: {nationality: canary-7316}\n",
        {("person 2", "profile", "nationality")},
    ),
    "a shared value, said once": (
        "shared: {profile: {nationality: canary-7316}}\npeople: [{}, {}, {}]\n",
        {("shared", "profile", "nationality")},
    ),
    "several at once": (
        "people:\n  - profile: {sex: canary-7316}\n  - {}\n"
        "  - note: {happened_on: 26-01-05, text: x}\n",
        {("person 1", "profile", "sex"), ("person 3", "note", "happened_on")},
    ),
    "no such record type": (
        "people: [{}, {canary-7316: {a: b}}]\n",
        {("person 2", "", "")},
    ),
    "a record that is a text": (
        "people: [{profile: canary-7316}]\n",
        {("person 1", "profile", "")},
    ),
    "a person who is a text": ("people: [{}, canary-7316]\n", {("person 2", "", "")}),
    "nobody": ("people: []\n", {("list", "people", "")}),
    "no people": ("shared: {}\n", {("list", "people", "")}),
    "a word that is none": ("canary-7316: 1\npeople: [{}]\n", {("list", "", "")}),
    "half a day": ("opened: 2026-02\npeople: [{}]\n", {("list", "opened", "")}),
    "a link that is not the same from both sides": (
        "link: parent\npeople: [{}, {}]\n",
        {("list", "link", "")},
    ),
    "a link that is none": ("link: canary-7316\npeople: [{}]\n", {("list", "link", "")}),
    "too many": ("people: [" + "{}, " * 501 + "]\n", {("list", "people", "")}),
}


@pytest.mark.parametrize("name", WRONG)
def test_one_fault_and_nothing_is_opened(office: Office, name: str) -> None:
    text, expected = WRONG[name]
    before = office.snapshot()
    ran = office.run("new", "--from", "-", "--json", input=text)
    assert ran.code == 3
    found = json.loads(ran.stdout)["findings"]
    assert {(f["case"], f["record"], f["field"]) for f in found} == expected
    if "shared" in name:
        assert len(found) == 1
    plain = office.run("new", "--from", "-", input=text)
    assert (plain.code, plain.stdout) == (3, "")
    assert "no case was opened" in plain.stderr
    assert CANARY not in ran.stdout + ran.stderr + plain.stderr
    assert office.snapshot() == before


@pytest.mark.parametrize(
    "text", ["", "people: [", "[]", "people: &a [{}]\n", "a: canary-7316\n\x07"]
)
def test_what_is_no_list(office: Office, text: str) -> None:
    before = office.snapshot()
    ran = office.run("new", "--from", "-", input=text)
    assert (ran.code, ran.stdout) == (3, "")
    assert CANARY not in ran.stderr
    assert office.snapshot() == before


@pytest.mark.parametrize("name", [name for name in CONTENT if name not in SLOW])
@pytest.mark.sampled(4)
def test_hostile_lists(office: Office, name: str) -> None:
    before = office.snapshot()
    ran = office.run("new", "--from", "-", input=CONTENT[name])
    assert (ran.code, ran.stdout) == (3, "")
    assert CANARY not in ran.stderr.lower()
    assert office.snapshot() == before
    # The same inside a list, where a record would stand.
    inside = b"people:\n  - note:\n" + b"".join(
        b"      " + line + b"\n" for line in CONTENT[name].splitlines()[:50]
    )
    ran = office.run("new", "--from", "-", "--dry-run", input=inside)
    assert CANARY not in ran.stdout.lower() + ran.stderr.lower()
    assert "Traceback" not in ran.stderr
    assert ran.code in (0, 3)
    assert office.snapshot() == before


def test_options_that_do_not_fit(office: Office, tmp_path: Path) -> None:
    before = office.snapshot()
    assert office.run("new", "--from", "-", "--opened", "2026-01-01", input=LIST).code == 2
    assert office.run("new", "--resume", "-", input=office.case).code == 2
    assert office.run("new", "--from", "-", "--resume", "-", input=LIST).code == 2
    assert office.run("new", "--from", tmp_path / "nowhere.yaml").code == 4
    assert office.snapshot() == before


def stop_at(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> Callable[[], None]:
    """Let a step of the batch fail at its nth call; what is returned lets it pass again."""
    real = getattr(change, name)
    calls: list[int] = []

    def failing(*words: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == number:
            raise MachineError("there is no space left", "make room")
        return real(*words, **more)

    monkeypatch.setattr(change, name, failing)
    return lambda: monkeypatch.setattr(change, name, real)


@pytest.mark.parametrize(
    ("step", "number", "opened"), [("new_case", 3, 2), ("commit", 1, 3), ("commit", 3, 3)]
)
def test_a_stop_in_the_middle_says_what_is_open_and_goes_on_without_doubling(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    step: str,
    number: int,
    opened: int,
) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(LIST)
    mend = stop_at(monkeypatch, step, number)
    ran = office.run("new", "--from", path)
    assert ran.code == 10
    ids = ran.stdout.split()
    assert sorted(ids) == cases(office)
    assert len(ids) == opened
    assert f"{opened} of 3 cases are open: {', '.join(ids)}" in ran.stderr
    assert "--resume" in ran.stderr
    mend()
    again = office.data("new", "--from", path, "--resume", "-", input=ran.stdout)
    assert again[:opened] == ids
    assert sorted(again) == cases(office)
    assert [len(office.data("show", case)) for case in again] == [2, 3, 2]
    for case in again:
        linked = [item["linked_case"] for item in profile(office, case)["linked_cases"]]
        assert sorted(linked) == sorted(set(again) - {case})
    # And once more changes nothing at all.
    before = office.snapshot()
    office.done("new", "--from", path, "--resume", "-", input="\n".join(again))
    assert office.snapshot() == before
    assert office.run("verify").code == 0


def test_a_stop_with_json_gives_the_ids_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at(monkeypatch, "new_case", 2)
    ran = office.run("new", "--from", "-", "--json", input=LIST)
    answer = json.loads(ran.stdout)
    assert (ran.code, answer["ok"], answer["errors"][0]["code"]) == (10, False, 10)
    assert answer["data"] == cases(office)


def test_an_interruption_leaves_the_ids(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_words: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(change, "commit", interrupted)
    ran = office.run("new", "--from", "-", input=LIST)
    assert ran.code == 130
    assert sorted(ran.stdout.split()) == cases(office)
    assert len(cases(office)) == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_ids_that_cannot_be_written_out_are_told(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(LIST)
    words = [sys.executable, "-m", "tipcase", "new", "--from", str(path)]
    env = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            words, cwd=office.book, env=env, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ran.returncode == 10
    assert f"1 of 3 cases are open: {cases(office)[0]}" in ran.stderr
    assert "--resume" in ran.stderr


def test_what_was_written_meanwhile_is_left_as_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(LIST)
    mend = stop_at(monkeypatch, "commit", 1)
    ids = office.run("new", "--from", path).stdout.split()
    mend()
    office.done("put", ids[0], "profile", "-", input="full_name: KEO Example\n")
    office.done("new", "--from", path, "--resume", "-", input="\n".join(ids))
    found = profile(office, ids[0])
    assert found["full_name"] == "KEO Example"
    assert len(found["linked_cases"]) == 2
    assert "nationality" not in found


@pytest.mark.parametrize("ids", ["ZZZZ-ZZZZ", "{case} {case}", "{case} {case} {case} {case}"])
def test_ids_that_do_not_fit_open_nothing(office: Office, tmp_path: Path, ids: str) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(LIST)
    before = office.snapshot()
    ran = office.run("new", "--from", path, "--resume", "-", input=ids.format(case=office.case))
    assert ran.code in (2, 4)
    assert office.snapshot() == before
    dry = office.run(
        "new", "--from", path, "--resume", "-", "--dry-run", input=ids.format(case=office.case)
    )
    assert dry.code == ran.code


def test_ids_of_a_colleagues_cases_are_6(
    office: Office, second_person: Callable[..., Path], tmp_path: Path
) -> None:
    theirs = {"TIPCASE_HOME": str(second_person("cw2"))}
    path = tmp_path / "list.yaml"
    path.write_text(LIST)
    before = office.snapshot()
    ran: Ran = office.run("new", "--from", path, "--resume", "-", input=office.case, env=theirs)
    assert ran.code == 6
    assert office.snapshot() == before


@pytest.mark.soak
def test_forty_at_once(office: Office) -> None:
    people = "".join(f"  - profile: {{full_name: PERSON {n}}}\n" for n in range(40))
    text = f"link: same-rescue\nshared: {{profile: {{nationality: KH}}}}\npeople:\n{people}"
    ids = office.data("new", "--from", "-", input=text)
    assert len(set(ids)) == 40
    assert len(profile(office, ids[7])["linked_cases"]) == 39
    assert profile(office, ids[7])["full_name"] == "PERSON 7"
    told = office.data("status", ids[7])["linked"]
    assert {(one["stage"], one["mutual"]) for one in told} == {("identification", True)}


@pytest.mark.soak
def test_a_killed_run_leaves_the_ids_that_it_printed(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    people = "".join(
        f"  - note: {{happened_on: 2026-02-03, text: person {n}}}\n" for n in range(30)
    )
    path.write_text(f"link: same-rescue\npeople:\n{people}")
    with subprocess.Popen(
        [sys.executable, "-m", "tipcase", "new", "--from", str(path)],
        cwd=office.book,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdout is not None
        printed = [child.stdout.readline(), child.stdout.readline()]
        child.kill()
        printed += child.stdout.readlines()
    ids = [line.strip() for line in printed if line.endswith("\n")]
    # At most one case stands whose id could not be printed any more; it is empty.
    unnamed = set(cases(office)) - set(ids)
    assert len(unnamed) <= 1
    assert all(office.data("show", case) == [] for case in unnamed)
    again = office.data("new", "--from", path, "--resume", "-", input="\n".join(ids))
    assert again[: len(ids)] == ids
    assert set(cases(office)) - unnamed == set(again)
    assert len(again) == 30
    for number, case in enumerate(again):
        assert f"person {number}\n" in office.done("show", case, "note")
    assert office.run("verify").code == 0


def test_the_bar_moves_once_for_each_opening_and_each_writing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []

    @contextlib.contextmanager
    def bar(label: str, total: int) -> Iterator[Callable[[], None]]:
        assert (label, total) == ("opening cases", 6)
        yield lambda: steps.append(1)

    monkeypatch.setattr("tipcase.terminal.progress", bar)
    office.done("new", "--from", "-", input=LIST)
    assert len(steps) == 6


def test_a_record_of_the_provider_is_none_of_a_case(office: Office) -> None:
    from tipcase import law, resources

    edition = law.load(resources.path("schemas") / "kh-2009")
    for name in edition.provider_types[:1]:
        ran = office.run("new", "--from", "-", input=f"people: [{{{name}: {{a: b}}}}]\n")
        assert ran.code == 3
        assert cases(office) == []


def test_another_case_of_ones_own_is_not_taken_for_the_lists(
    office: Office, tmp_path: Path
) -> None:
    path = tmp_path / "list.yaml"
    path.write_text(LIST)
    office.put("incident", "{happened_on: 2026-01-05, incident_kind: crisis, immediate_safety: x}")
    before = office.snapshot()
    ran = office.run("new", "--from", path, "--resume", "-", input=office.case)
    assert (ran.code, "holds records" in ran.stderr) == (2, True)
    assert office.snapshot() == before


@pytest.mark.parametrize("opened", ["0001-01-01", "1899-12-31", "2101-01-01", "9999-12-31"])
def test_no_case_was_opened_in_such_a_year(office: Office, opened: str) -> None:
    assert office.run("new", "--opened", opened).code == 2
