"""``grant``, ``revoke``, ``rekey``, ``staff remove`` and ``staff keys`` as people type them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Office
from tests.commands import Ran

CANARY = "canary-7316"
NOTE = "{happened_on: 2026-01-06, text: " + CANARY + "}"


@pytest.fixture
def cw2(second_person: Callable[..., Path]) -> dict[str, str]:
    """The surroundings of a colleague with a home of their own."""
    return {"TIPCASE_HOME": str(second_person("cw2"))}


def open_case(office: Office) -> str:
    return office.done("new", "--opened", "2026-01-07").strip()


def data(ran: Ran) -> Any:
    return json.loads(ran.stdout)["data"]


def test_grant_all_goes_past_a_damaged_case(office: Office, cw2: dict[str, str]) -> None:
    second = open_case(office)
    (office.book / "cases" / second / "journal" / "cw1.journal").write_text("x\n")
    ran = office.run("grant", "--all", "cw2", "--restricted", "--json")
    assert ran.code == 7
    assert [item["case"] for item in data(ran)["cases"]] == [office.case, "provider"]
    assert office.run("show", office.case, env=cw2).code == 0
    assert office.run("show", "provider", env=cw2).code == 0


def test_revoke_all_takes_what_is_open_and_names_the_rest(
    office: Office, cw2: dict[str, str], second_person: Callable[..., Path]
) -> None:
    cw3 = {"TIPCASE_HOME": str(second_person("cw3", "supervisor"))}
    office.put("note", NOTE)
    # A case that cw3 opened, and out of which cw1 goes: only cw3 can take cw2 out.
    theirs = office.done("new", "--opened", "2026-01-07", env=cw3).strip()
    office.done("grant", "--all", "cw2")
    office.done("revoke", theirs, "cw1", env=cw3)
    before = office.snapshot()
    assert office.run("revoke", "--all", "cw2", "--dry-run").code == 6
    assert office.snapshot() == before
    ran = office.run("revoke", "--all", "cw2", "--json")
    assert ran.code == 6
    found = data(ran)
    assert {item["case"] for item in found["cases"]} == {office.case, "provider"}
    assert found["others"][0]["case"] == theirs
    assert found["others"][0]["supervisors"] == ["cw3"]
    mine = next(item for item in found["cases"] if item["case"] == office.case)
    assert len(mine["could_read"]["cw2"]["ordinary"]) == 1
    assert f"tipcase revoke {theirs} cw2" in ran.stderr and CANARY not in ran.stderr
    assert office.run("revoke", "--all", "cw2", env=cw3).code == 0
    assert office.run("revoke", "--all", "cw2", env=cw3).code == 4


def test_staff_remove_takes_every_case_away_and_finishes_a_half_run(
    office: Office, cw2: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase.casebook import team
    from tipcase.errors import MachineError

    second = open_case(office)
    office.done("grant", "--all", "cw2")
    real = team.revoke

    def broken(book: Any, case: str, *rest: Any, **more: Any) -> Any:
        if case == max(office.case, second):
            raise MachineError("cannot write: no space left", "free some space")
        return real(book, case, *rest, **more)

    roster = office.book / "staff" / "roster.yaml"
    before = roster.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(team, "revoke", broken)
        assert office.run("staff", "remove", "cw2").code == 10
    # As a crash right behind the entry leaves it.
    roster.write_bytes(before)
    assert office.run("put", max(office.case, second), "note", "-", input=NOTE).code == 5
    assert office.run("put", min(office.case, second), "note", "-", input=NOTE).code == 0
    ran = office.run("staff", "remove", "cw2", "--json")
    assert ran.code == 0
    assert [item["case"] for item in data(ran)["cases"]] == [max(office.case, second)]
    assert office.run("put", max(office.case, second), "note", "-", input=NOTE).code == 0
    assert office.run("staff", "remove", "cw2").code == 4
    assert roster.read_bytes() != before
    assert office.run("verify").code == 0


def test_an_admin_who_supervises_nothing_says_who_does(
    office: Office, cw2: dict[str, str], second_person: Callable[..., Path]
) -> None:
    admin = {"TIPCASE_HOME": str(second_person("cw3", "admin"))}
    office.done("grant", office.case, "cw2")
    ran = office.run("staff", "remove", "cw2", env=admin)
    assert ran.code == 6 and "cw1 types: tipcase revoke" in ran.stderr
    # Nothing is written to keys that cw2 has, until a member makes new ones.
    assert office.run("put", office.case, "note", "-", input=NOTE).code == 5
    office.done("revoke", "--all", "cw2")
    office.put("note", NOTE)


def test_rekey_of_many_goes_past_one_and_names_it(office: Office, cw2: dict[str, str]) -> None:
    second = open_case(office)
    office.put("note", NOTE)
    (office.book / "cases" / second / "journal" / "cw1.journal").write_text("x\n")
    ran = office.run("rekey", "--all", "--reencrypt", "--json")
    assert ran.code == 7 and second in ran.stderr
    cases = {item["case"]: item for item in data(ran)["cases"]}
    assert set(cases) == {office.case, "provider"} and len(cases[office.case]["moved"]) == 1
    assert office.run("rekey", "--all", env=cw2).code == 7
    assert office.run("rekey", office.case, env=cw2).code == 6


def test_what_is_typed_in_the_place_of_a_name_is_not_repeated(
    office: Office, cw2: dict[str, str]
) -> None:
    """It can be what a record says; only who is or was on the staff is called by their handle."""
    for words in (
        ("grant", office.case, "canary"),
        ("revoke", office.case, "canary"),
        ("staff", "remove", "canary"),
        ("recover", "--handle", "canary", "--seed-file", "-"),
        ("show", office.case, "--identity", "canary.txt"),
    ):
        ran = office.run(*words, input="")
        assert ran.code in (4, 6), words
        assert "canary" not in ran.stdout + ran.stderr, words
    office.done("staff", "remove", "cw2")
    assert "cw2 is not on the staff" in office.run("grant", office.case, "cw2").stderr
    assert "cw2 is not on the staff" in office.run("staff", "remove", "cw2").stderr


def test_staff_list_counts_the_cases_of_each(office: Office, cw2: dict[str, str]) -> None:
    open_case(office)
    office.done("grant", office.case, "cw2")
    found = {item["handle"]: item["cases"] for item in office.data("staff", "list")}
    assert found == {"cw1": 2, "cw2": 1}


def test_new_keys_of_a_colleague(office: Office, cw2: dict[str, str], tmp_path: Path) -> None:
    office.done("grant", "--all", "cw2")
    later = {"TIPCASE_HOME": str(tmp_path / "later")}
    office.done("keygen", "--handle", "cw2", "--no-passphrase", "--keys", "x25519", env=later)
    card = tmp_path / "later" / "keys" / "cw2.card.yaml"
    # Not with the new key: nobody knows it yet.
    assert office.run("staff", "keys", card, env=later).code == 6
    before = office.snapshot()
    assert office.run("staff", "keys", card, "--dry-run", env=cw2).code == 0
    assert office.snapshot() == before
    ran = office.run("staff", "keys", card, env=cw2)
    assert ran.code == 0 and "tipcase grant --all cw2" in ran.stderr
    assert office.run("staff", "keys", card).code == 5
    # The machine that knew the old keys: another person with a home of their own looks.
    assert office.run("show", office.case, "profile", env=later).code != 0
    assert office.run("check", office.case, env=later).code == 6
    office.done("grant", "--all", "cw2")
    assert office.run("check", office.case, env=later).code == 3
    assert office.run("verify").code == 0


def test_a_card_that_is_none_or_a_strangers(office: Office, tmp_path: Path) -> None:
    (tmp_path / "no.yaml").write_text("format: 1\n")
    assert office.run("staff", "keys", tmp_path / "no.yaml").code == 7
    added = office.run("staff", "add", tmp_path / "no.yaml", "--role", "caseworker")
    assert added.code == 7
    key = office.home / "keys" / "cw1.txt"
    assert office.run("staff", "keys", key).code in (2, 7)
    env = {"TIPCASE_HOME": str(tmp_path / "stranger")}
    office.done("keygen", "--handle", "evil", "--no-passphrase", "--keys", "x25519", env=env)
    card = tmp_path / "stranger" / "keys" / "evil.card.yaml"
    assert office.run("staff", "keys", card).code == 4
    shutil.copy(card, tmp_path / "cw1.card.yaml")
    forged = card.read_text().replace("handle: evil", "handle: cw1")
    (tmp_path / "cw1.card.yaml").write_text(forged)
    assert office.run("staff", "keys", tmp_path / "cw1.card.yaml").code == 7


def test_no_person_has_the_name_of_a_device_or_a_place(office: Office) -> None:
    for handle in ("con", "recovery", "provider", "lpt1"):
        ran = office.run("keygen", "--handle", handle, "--no-passphrase")
        assert ran.code == 2 and "kept for another use" in ran.stderr


WRONG = (
    (("grant",), 2),
    (("grant", "--all"), 2),
    (("grant", "--all", "K7Q2", "cw2"), 2),
    (("grant", "K7Q2", "cw2"), 4),
    (("revoke", "--all", "recovery"), 2),
    (("revoke", "--all", "nobody"), 4),
    (("rekey",), 2),
    (("rekey", "K7Q2", "--all"), 2),
    (("staff", "remove", "../../etc"), 4),
    (("grant", "--all", "CON"), 2),
    (("grant", "--all", CANARY), 4),
)


def test_words_that_do_not_fit(office: Office) -> None:
    before = office.snapshot()
    for words, code in WRONG:
        ran = office.run(*words)
        assert ran.code == code, ran
        assert "hint:" in ran.stderr and "Traceback" not in ran.stderr
    assert office.snapshot() == before


def test_set_and_edit_seal_to_named_people_too(
    office: Office, cw2: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.done("grant", office.case, "cw2", "--restricted")
    tag = office.put("note", NOTE)
    ran = office.run("set", office.case, f"note/{tag}", "--only", "cw1", "--json")
    assert ran.code == 0 and data(ran)["only"] == ["cw1", "recovery"]
    assert "earlier revisions stay open" in ran.stderr
    assert office.run("show", office.case, f"note/{tag}", env=cw2).code == 6
    assert office.run("show", office.case, f"note/{tag}").code == 0
    assert office.run("set", office.case, f"note/{tag}", "--only", "cw1,cw1").code == 2
    assert office.run("set", office.case, f"note/{tag}", "--only", "").code == 2
    # Nobody loses a text in the editor because of a slip behind --only.
    monkeypatch.setenv("EDITOR", "false")
    assert office.run("edit", office.case, "note", "--new", "--only", "nobody").code == 4


def test_a_complaint_without_only_is_told_what_it_is(office: Office) -> None:
    from tests.cli.conftest import example

    text = json.dumps(example(office, "safeguarding"))
    plain = office.run("put", office.case, "safeguarding", "-", input=text)
    assert plain.code == 0 and "--only HANDLE" in plain.stderr
    sealed = office.run("put", office.case, "safeguarding", "-", "--only", "cw1", input=text)
    assert sealed.code == 0 and "--only" not in sealed.stderr


def test_many_cases_under_older_keys_are_one_line(office: Office) -> None:
    def left() -> list[str]:
        ran = office.run("rekey", "--all", "--dry-run")
        return [line for line in ran.stderr.splitlines() if "under older keys" in line]

    cases = [office.case, *(office.done("new").strip() for _ in range(3))]
    for case in cases[:3]:
        office.done("set", case, "profile", "nationality=KH")
    assert len(left()) == 3
    office.done("set", cases[3], "profile", "nationality=KH")
    (line,) = left()
    assert line.startswith("4 record(s) of 4 cases")
    assert line.endswith("tipcase rekey --all --reencrypt")
