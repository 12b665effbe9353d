"""Two people write one profile apart: both shown, nobody goes on, one chooses, the case moves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office, example
from tests.copies import copied
from tipcase import files
from tipcase.casebook import change, revision
from tipcase.casebook import record as records
from tipcase.casebook.book import Book
from tipcase.casebook.case import Case
from tipcase.keyring import person as people

AT = "2026-03-01T08:00:00Z"
OURS, THEIRS = "canary-ours", "canary-theirs"
BASE = "full_name: canary-base\nsex: female\nnationality: KH\n"


class Apart:
    """A case of two people with a copy of the book for each, and the means to join them again."""

    def __init__(self, office: Office, second_person: Callable[..., Path]) -> None:
        self.office = office
        self.home = second_person("cw2", "supervisor")
        self.case = office.done("new", "--opened", "2026-01-05").strip()
        self.put(office, "profile", BASE)
        self.there: Office | None = None
        self.bytes: dict[str, bytes] = {}

    def part(self) -> Office:
        """The colleague's copy, as a clone is one."""
        book = self.office.book.parent / "there"
        copied(self.office.book, book)
        self.there = Office(book, self.home, self.case)
        self.keep()
        return self.there

    def keep(self) -> None:
        books = [self.office.book, self.there.book if self.there else self.office.book]
        for path in (p for book in books for p in (book / "cases" / self.case).glob("*.age")):
            self.bytes[files.sha256(path.read_bytes())] = path.read_bytes()

    def put(self, office: Office, record: str, text: str) -> None:
        office.done("put", self.case, record, "-", input=text, **self.env(office))

    def env(self, office: Office) -> dict[str, Any]:
        return {"env": {"TIPCASE_HOME": str(office.home)}}

    def set(self, office: Office, *words: str) -> None:
        office.done("set", self.case, "profile", *words, **self.env(office))

    def bring(self) -> None:
        """The colleague's journal comes here, as git brings it."""
        assert self.there is not None
        self.keep()
        journal = Path("cases", self.case, "journal", "cw2.journal")
        shutil.copyfile(self.there.book / journal, self.office.book / journal)

    def join(self) -> None:
        self.bring()
        office = self.office
        person = people.from_text((office.home / "keys" / "cw1.txt").read_text())
        with change.editing(Book(office.book, office.home), self.case, person) as case:
            for path, versions in case.fold.current.items():
                if len(versions) > 1:
                    joined = revision.merged(case, path, self.bytes.get, person)
                    change.commit(case, "merge", {}, {path: joined.new}, person, AT)


@pytest.fixture
def apart(office: Office, second_person: Callable[..., Path]) -> Apart:
    return Apart(office, second_person)


@pytest.fixture
def torn(apart: Apart) -> Apart:
    """The profile is in conflict in two fields and joined in two others."""
    there = apart.part()
    apart.set(apart.office, f"full_name={OURS}", "nationality=TH", "languages=[km]")
    apart.set(there, f"full_name={THEIRS}", "nationality=VN", "sex=male")
    apart.join()
    return apart


def shown(apart: Apart) -> dict[str, Any]:
    found: dict[str, Any] = apart.office.data("show", apart.case, "profile")
    return found


def body(apart: Apart) -> str:
    """The record as it stands sealed, comments and all, without its head."""
    office = apart.office
    person = people.from_text((office.home / "keys" / "cw1.txt").read_text())
    case = Case(Book(office.book, office.home), apart.case)
    return records.body(case.plaintext("profile.yaml.age", person))


def resolve(apart: Apart, *words: str, **more: Any) -> Any:
    return apart.office.run("resolve", apart.case, "profile", *words, **more)


def test_the_story_of_two_who_wrote_apart(apart: Apart) -> None:
    office, there = apart.office, apart.part()
    apart.put(office, "identification", json.dumps(example(office, "identification")))
    apart.set(office, f"full_name={OURS}")
    apart.set(there, f"full_name={THEIRS}", "sex=male")
    # Before they are joined, the profile is not believed and everything says why.
    apart.bring()
    ran = office.run("status", apart.case)
    assert ran.code == 5 and "next: tipcase merge" in ran.stdout
    assert "profile.yaml.age has versions that were written apart" in ran.stdout
    assert office.run("advance", apart.case).code == 5
    ran = resolve(apart, "full_name=1")
    assert ran.code == 5 and "hint: join them: tipcase merge" in ran.stderr
    # Joined, the one field that both wrote stands open; the other's edit is there.
    apart.join()
    data = shown(apart)
    assert data["content"]["sex"] == "male"
    assert data["content"]["full_name"] == "canary-base"
    said = {row["by"]: row["value"] for row in data["conflicts"][0]["values"]}
    assert said == {"cw1": OURS, "cw2": THEIRS}
    told = office.done("show", apart.case, "profile")
    assert OURS in told and THEIRS in told and "#= in conflict: full_name" in told
    # Fields, people and times everywhere else, and never what they wrote.
    status = office.run("status", apart.case)
    assert status.code == 0 and "conflict: profile.full_name: cw" in status.stdout
    assert f"next: tipcase resolve {apart.case} profile" in status.stdout
    check = office.run("check", apart.case)
    assert check.code == 3 and "profile.full_name" in check.stdout
    for words in (("advance", apart.case), ("advance", apart.case, "--override", "-")):
        held = office.run(*words, input="she moves tomorrow")
        assert held.code == 5 and "profile.full_name" in held.stderr
        assert f"tipcase resolve {apart.case} profile" in held.stderr
        assert "canary" not in held.stdout + held.stderr
    ready = office.data("readiness", apart.case)
    assert ready["answer"] == "gaps"
    assert ready["conflicts"] == [{"record": "profile", "field": "full_name"}]
    assert "in conflict  profile.full_name" in office.done("readiness", apart.case)
    assert "canary" not in status.stdout + check.stdout + check.stderr + json.dumps(ready)
    # Somebody chooses, and the case goes on.
    ran = resolve(apart, "full_name=cw2", "--json")
    assert ran.code == 0 and json.loads(ran.stdout)["data"]["settled"] == ["full_name"]
    after = shown(apart)
    assert after["content"]["full_name"] == THEIRS and after["conflicts"] == []
    assert after["revision"] == data["revision"] + 1
    assert office.data("status", apart.case)["conflicts"] == []
    assert not any("apart" in line for line in office.run("check", apart.case).stdout.split("\n"))
    moved = office.run("advance", apart.case, "--override", "-", input="she moves tomorrow")
    assert moved.code == 0, moved
    assert office.data("readiness", apart.case)["conflicts"] == []
    assert office.run("verify").code == 0


def test_several_at_once_each_with_its_own_choice(torn: Apart) -> None:
    numbers = {one["field"]: one["values"] for one in shown(torn)["conflicts"]}
    assert set(numbers) == {"full_name", "nationality"}
    assert shown(torn)["content"]["sex"] == "male"
    before = torn.office.snapshot()
    ran = resolve(torn, "full_name=2", "nationality=0", "--dry-run", "--json")
    assert ran.code == 0 and torn.office.snapshot() == before
    assert resolve(torn, "full_name=2", "nationality=0").code == 0
    after = shown(torn)
    assert after["content"]["full_name"] == numbers["full_name"][1]["value"]
    assert after["content"]["nationality"] == "KH" and after["conflicts"] == []


def test_one_is_settled_and_the_other_stays_open(torn: Apart) -> None:
    ran = resolve(torn, "nationality=cw1")
    assert ran.code == 0 and "1 still open" in ran.stderr
    left = shown(torn)
    assert [one["field"] for one in left["conflicts"]] == ["full_name"]
    assert left["content"]["nationality"] == "TH"
    assert resolve(torn, "--take", "cw1").code == 0
    assert shown(torn)["content"]["full_name"] == OURS


def test_another_value_and_none_at_all(torn: Apart) -> None:
    ran = resolve(torn, "--value", "full_name=-", "--clear", "nationality", input="Third Example\n")
    assert ran.code == 0, ran
    after = shown(torn)["content"]
    assert after["full_name"] == "Third Example" and "nationality" not in after


def test_a_value_that_does_not_fit_is_refused_and_settles_nothing(torn: Apart) -> None:
    before = torn.office.snapshot()
    ran = resolve(torn, "--value", "nationality=canary-7316", "full_name=1")
    assert ran.code == 3 and "canary" not in ran.stdout + ran.stderr
    assert torn.office.snapshot() == before


NO_CHOICES: list[tuple[tuple[str, ...], int]] = [
    ((), 8),
    (("full_name",), 2),
    (("full_name=",), 2),
    (("full_name=3",), 4),
    (("full_name=cw9",), 4),
    (("canary_7316=1",), 4),
    (("full_name=1", "full_name=2"), 2),
    (("full_name=1", "--clear", "full_name"), 2),
    (("--take", "1"), 2),
    (("--take", "cw9"), 4),
    (("--value", "full_name="), 2),
    (("--value", "full_name=-", "--value", "nationality=-"), 2),
    (("--clear", "sex"), 4),
]


def test_choices_that_are_none(torn: Apart) -> None:
    before = torn.office.snapshot()
    for words, code in NO_CHOICES:
        ran = resolve(torn, *words)
        assert ran.code == code, (words, ran)
        assert "tipcase: hint: " in ran.stderr and "canary" not in ran.stderr, words
    assert torn.office.snapshot() == before


def test_where_nothing_is_open_nothing_is_chosen(office: Office) -> None:
    office.put("profile", BASE)
    assert office.run("resolve", office.case, "profile", "full_name=1").code == 4
    assert office.run("resolve", office.case, "reception", "full_name=1").code == 4
    assert office.run("resolve", office.case, "nonsense", "full_name=1").code == 4


def test_other_fields_can_be_set_meanwhile_and_setting_the_field_settles_it(torn: Apart) -> None:
    torn.set(torn.office, "sex=female", "nationality=KH")
    left = shown(torn)
    assert [one["field"] for one in left["conflicts"]] == ["full_name"]
    assert left["content"]["nationality"] == "KH", "who names what stands there has chosen it"
    ran = torn.office.run("set", torn.case, "profile", "full_name=Third Example")
    assert ran.code == 0 and "settled: full_name\n" in ran.stderr
    assert shown(torn)["conflicts"] == []


def test_what_was_shown_can_be_put_back(torn: Apart) -> None:
    text = torn.office.done("show", torn.case, "profile")
    ran = torn.office.run("put", torn.case, "profile", "-", input=text + "alias: Example\n")
    assert ran.code in (0, 3), ran
    torn.office.run(
        "put", torn.case, "profile", "-", input=text.replace("sex: male", "sex: female")
    )
    again = shown(torn)
    assert again["content"]["sex"] == "female" and len(again["conflicts"]) == 2
    assert "sex: female" in body(torn) and "#" not in body(torn)


def test_who_edits_the_record_sees_both_and_they_do_not_stay(
    torn: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase import editing

    def editor(text: str, accept: Callable[[bytes], list[str]]) -> bytes:
        assert OURS in text and THEIRS in text and "#= choose: tipcase resolve" in text
        changed = text.replace("sex: male", "sex: female").encode()
        assert accept(changed) == []
        return changed

    monkeypatch.setattr(editing, "edit", editor)
    torn.office.done("edit", torn.case, "profile")
    after = shown(torn)
    assert after["content"]["sex"] == "female" and len(after["conflicts"]) == 2
    assert "sex: female" in body(torn) and "#=" not in body(torn)


def test_a_person_at_a_terminal_is_asked_for_each(
    torn: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase import terminal

    asked: list[str] = []
    answers = iter(["cw9", "1", ""])
    monkeypatch.setattr(terminal, "present", lambda: True)

    def ask(question: str, flag: str) -> str:
        asked.append(flag)
        return next(answers)

    monkeypatch.setattr(terminal, "ask", ask)
    numbers = {one["field"]: one["values"] for one in shown(torn)["conflicts"]}
    ran = resolve(torn)
    assert ran.code == 0 and len(asked) == 3 and "no such choice" in ran.stderr
    assert OURS in ran.stderr and THEIRS in ran.stderr, "both are shown to whoever is asked"
    after = shown(torn)
    assert after["content"]["full_name"] == numbers["full_name"][0]["value"]
    assert [one["field"] for one in after["conflicts"]] == ["nationality"]


def test_somebody_who_chose_meanwhile_is_not_overruled(
    torn: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase.casebook import intake

    real = intake.existing

    def late(*args: Any) -> Any:
        found = real(*args)
        monkeypatch.setattr(intake, "existing", real)
        torn.set(torn.office, "full_name=Third Example")
        return found

    monkeypatch.setattr(intake, "existing", late)
    assert resolve(torn, "full_name=1").code == 5
    assert shown(torn)["content"]["full_name"] == "Third Example"


def test_who_cannot_open_what_was_joined_is_told_to_ask(
    apart: Apart, second_person: Callable[..., Path]
) -> None:
    """A conflict in a restricted record holds those who see it; others are warned."""
    office, case = apart.office, apart.case
    env = {"TIPCASE_HOME": str(second_person("cw3"))}
    office.done("grant", case, "cw3")
    text = json.dumps(example(office, "health"))
    name = f"health/{office.done('put', case, 'health', '-', input=text).strip()}"
    move = ("advance", case, "--to", "assessment", "--override", "-", "--dry-run")
    ran = office.run(*move, env=env, input="a test")
    assert ran.code == 0 and "joined" not in ran.stderr
    there = apart.part()
    for one, word in ((office, "ours"), (there, "theirs")):
        one.done("set", case, name, f"health_provider={word}", **apart.env(one))
    apart.set(office, "nationality=TH")
    apart.set(there, "languages=[km]")
    apart.join()
    assert office.run(*move, input="a test").code == 5
    ran = office.run(*move, env=env, input="a test")
    assert ran.code == 0
    assert f"warning: {name} was joined from two versions" in ran.stderr
    assert "profile was joined" not in ran.stderr, "cw3 reads it, and nothing is open in it"
    held = office.run("advance", case, env=env)
    assert held.code == 3 and f"{name} was joined" in held.stderr
    # Whoever settles it writes the record anew: nobody has to ask any more.
    office.done("resolve", case, name, "health_provider=1")
    assert "joined" not in office.run(*move, env=env, input="a test").stderr
