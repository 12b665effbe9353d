"""``settings``: what is in force, and what an admin signs of what was edited by hand."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.commands import Ran
from tipcase import terminal
from tipcase.errors import UsageError
from tipcase.reports.disclosure import Policy
from tipcase.settings import BY_NAME, SPEC, Setting

# The quick run takes every other case of a table.
pytestmark = pytest.mark.sampled(2)

OWN = "thresholds:\n  visits_in_row: {value: 5}\n"


def own_law(office: Office, name: str, text: str) -> Path:
    """A file of the office's own edition, not signed yet."""
    path = office.book / "schemas/kh-2009" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def in_force(office: Office) -> dict[str, object]:
    found: dict[str, object] = office.data("settings")["settings"]
    return found


def weighed(office: Office) -> dict[str, int]:
    found: dict[str, int] = office.data("readiness", office.case)["thresholds"]
    return found


def test_a_threshold_is_the_editions_until_the_casebook_sets_it(office: Office) -> None:
    assert weighed(office)["visits_in_row"] == 2
    own_law(office, "closure.yaml", OWN)
    office.done("settings", "--accept")
    assert weighed(office)["visits_in_row"] == 5
    assert in_force(office)["readiness.visits_in_row"] == 5
    office.done("settings", "readiness.visits_in_row=4")
    assert weighed(office) == {
        "visits_in_row": 4,
        "months_spanned": 3,
        "informant_kinds": 2,
        "evidence_age_days": 180,
        "contact_attempts": 3,
        "contact_days_spanned": 30,
    }
    assert in_force(office)["readiness.visits_in_row"] == 4
    assert in_force(office)["readiness.months_spanned"] == 3


@pytest.mark.parametrize("one", SPEC, ids=lambda one: one.name)
def test_a_setting_takes_what_it_reads_and_nothing_else(one: Setting) -> None:
    names = ("none", "supervisor", "local-authority,supervisor")
    texts = one.values or (names if one.names else (str(one.least), str(one.most)))
    for text in texts:
        assert one.takes(one.parse(text))
    good = {one.parse(text) for text in one.values}
    others: tuple[object, ...] = (
        one.least - 1,
        one.most + 1,
        -1,
        "",
        "Yes",
        "a,",
        "a b",
        None,
        1.5,
        [],
        {},
    )
    for value in others if one.names else (*others, "yes", "no", "fr"):
        assert not one.takes(value), value
    assert one.takes(True) is (True in good)
    assert one.takes(7) is not bool(one.values or one.names)


@pytest.mark.parametrize("name", ["publish_threshold", "network_threshold"])
def test_a_threshold_that_is_set_is_one_that_can_be_published_with(name: str) -> None:
    setting = BY_NAME[name]
    for k in (setting.least, setting.most):
        assert Policy(k).k == setting.parse(str(k)) == k
    for k in (setting.least - 1, setting.most + 1):
        with pytest.raises(UsageError):
            Policy(k)
        with pytest.raises(UsageError) as refused:
            setting.parse(str(k))
        assert f"{name} takes a whole number from 3 to 1000" in refused.value.sentence
        assert refused.value.hint == f"tipcase settings {name}={setting.default}"


def head_with(office: Office, before: str, after: str) -> None:
    # What was signed is kept by a machine that has seen it: only then can a difference be shown.
    office.run("list")
    head = office.book / "casebook.yaml"
    text = head.read_text(encoding="utf-8")
    assert before in text
    head.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], list[str]]:
    """Somebody at a terminal who gives this answer; what they had been shown by then."""

    def at_terminal(answer: bool) -> list[str]:
        shown: list[str] = []

        def confirm(*_words: str) -> bool:
            sys.stdout.flush()
            assert isinstance(sys.stdout.buffer, io.BytesIO)
            shown.append(sys.stdout.buffer.getvalue().decode())
            return answer

        monkeypatch.setattr(terminal, "present", lambda: True)
        monkeypatch.setattr(terminal, "confirm", confirm)
        return shown

    return at_terminal


def test_the_difference_is_shown_before_anything_is_asked(
    office: Office, asked: Callable[[bool], list[str]]
) -> None:
    head_with(office, "Example Shelter", "Another Shelter")
    shown = asked(False)
    refused = office.run("settings", "--accept")
    assert refused.code == 0
    assert "nothing was signed" in refused.stderr
    assert office.run("show", office.case).code == 7
    asked_again = asked(True)
    assert office.run("settings", "--accept").code == 0
    for seen in (shown, asked_again):
        assert "+name: Another Shelter" in seen[0]
    assert in_force(office)
    assert office.data("settings")["name"] == "Another Shelter"


def test_yes_and_scripts_are_not_asked(office: Office, asked: Callable[[bool], list[str]]) -> None:
    head_with(office, "Example Shelter", "Another Shelter")
    ran = office.run("settings", "--accept", "--json")
    assert json.loads(ran.stdout)["data"] == {"changed": ["casebook.yaml"], "written": True}
    assert "+name: Another Shelter" in ran.stderr
    shown = asked(False)
    head_with(office, "Another Shelter", "Third Shelter")
    assert office.run("settings", "--accept", "--yes").code == 0
    assert shown == []
    assert office.data("settings")["name"] == "Third Shelter"


def test_what_changed_after_it_was_shown_is_not_signed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    head_with(office, "Example Shelter", "Another Shelter")

    def meanwhile(*_words: str) -> bool:
        head_with(office, "Another Shelter", "Slipped In")
        return True

    monkeypatch.setattr(terminal, "present", lambda: True)
    monkeypatch.setattr(terminal, "confirm", meanwhile)
    ran: Ran = office.run("settings", "--accept")
    assert ran.code == 5
    monkeypatch.undo()
    assert office.run("verify", env={"TIPCASE_HOME": str(office.home)}).code == 7


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rules.yaml", "rules: [{id: x}]\n"),
        ("stages.yaml", "stages: {a: b}\n"),
        ("records/note.yaml", "properties: {text: {type: 7}}\n"),
        ("closure.yaml", "a: b: c\n"),
    ],
)
def test_law_that_cannot_be_read_is_not_signed(office: Office, name: str, text: str) -> None:
    before = office.data("log", "staff")
    path = own_law(office, name, text)
    ran = office.run("settings", "--accept")
    assert ran.code in (3, 7)
    assert "tipcase: hint: " in ran.stderr
    path.unlink()
    assert office.data("log", "staff") == before
    office.done("show", office.case)


def test_an_edition_that_is_not_there_is_not_signed(office: Office) -> None:
    head_with(office, "kh-2009", "kh-2099")
    assert office.run("settings", "--accept").code == 7
    head_with(office, "kh-2099", "kh-2009")
    office.done("show", office.case)


@pytest.mark.soak
def test_a_field_that_law_took_away_hinders_no_other_correction(office: Office) -> None:
    label = "x-tipcase-label: {en: Weather, km: អាកាសធាតុ}, x-tipcase-ours: true"
    weather = f"properties: {{weather: {{type: string, {label}}}}}"
    path = own_law(office, "records/note.yaml", weather)
    office.done("settings", "--accept", "--yes")
    tag = office.put("note", "{happened_on: 2026-01-05, text: one, weather: rain}")
    path.unlink()
    office.done("settings", "--accept", "--yes")
    assert "is no field of this record" in office.run("check", office.case).stdout
    office.done("set", office.case, f"note/{tag}", "text=two")
    told = office.data("show", office.case, f"note/{tag}")["content"]
    assert (told["text"], told["weather"]) == ("two", "rain")
    # Another wrong field, and one that is written anew, are refused as ever.
    assert office.run("set", office.case, f"note/{tag}", "wether=rain").code == 3
    office.done("set", office.case, f"note/{tag}", "--clear", "weather")
    assert office.run("set", office.case, f"note/{tag}", "weather=rain").code == 3


def test_names_of_places_to_sign_are_those_of_the_edition(office: Office) -> None:
    assert in_force(office)["form_signatures"] == "none"
    office.done("settings", "form_signatures=Supervisor, supervisor")
    assert in_force(office)["form_signatures"] == "supervisor"
    for wrong in ("minister", "supervisor,minister"):
        ran = office.run("settings", f"form_signatures={wrong}")
        assert (ran.code, "supervisor" in ran.stderr) == (2, True)
    assert office.run("settings", "form_signatures=a;b").code == 2
    assert in_force(office)["form_signatures"] == "supervisor"
    office.done("settings", "form_signatures=none")
    assert in_force(office)["form_signatures"] == "none"
