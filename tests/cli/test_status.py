"""``status``: where a case stands, with what was set aside and what it is linked to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Office


def test_a_stage_done_elsewhere_shows_by_whom_when_and_its_paper(office: Office) -> None:
    words = ("skip", office.case, "reception", "--done-elsewhere", "-")
    office.done(*words, "--on", "2025-03", "--paper", "not-seen", input="Example Transit Centre\n")
    told = office.done("status", office.case)
    assert "by Example Transit Centre, 2025-03, paper not seen" in told
    aside = office.data("status", office.case)["set_aside"]["reception"]
    assert aside.pop("decision").startswith("decision/")
    assert aside == {
        "organization": "Example Transit Centre",
        "happened_on": "2025-03",
        "paper_seen": False,
        "reason": "done elsewhere",
    }


def test_what_is_not_known_of_it_is_not_made_up(office: Office) -> None:
    words = ("skip", office.case, "reception", "--done-elsewhere", "-")
    office.done(*words, input="Example Transit Centre\n")
    told = office.done("status", office.case)
    assert "by Example Transit Centre, date not known, paper: not said" in told
    aside = office.data("status", office.case)["set_aside"]["reception"]
    assert aside["happened_on"] == {"unknown": "not-known"}


def test_the_last_decision_about_a_stage_counts(office: Office) -> None:
    for name in ("First Example", "Second Example"):
        office.done("skip", office.case, "recovery", "--done-elsewhere", "-", input=name)
    office.done("skip", office.case, "referral", "--reason", "-", input="came by herself")
    told = office.data("status", office.case)["set_aside"]
    assert set(told) == {"recovery", "referral"}
    assert told["recovery"]["organization"] in ("First Example", "Second Example")
    assert told["referral"]["reason"] == "came by herself"
    # A reason may be long and about the person: the text shows it nowhere.
    assert "came by herself" not in office.done("status", office.case)


def test_skip_takes_as_much_of_a_date_as_is_known(office: Office) -> None:
    before = office.snapshot()
    words = ("skip", office.case, "recovery", "--done-elsewhere", "X", "--on")
    for wrong in ("25-03-01", "2025-13", "2025-02-30", "spring"):
        ran = office.run(*words, wrong)
        assert ran.code == 2
        assert wrong not in ran.stderr
    assert office.snapshot() == before
    assert office.run(*words, "2025").code == 0


def test_linked_cases_show_how_they_stand(
    office: Office, second_person: Callable[..., Path]
) -> None:
    theirs = {"TIPCASE_HOME": str(second_person("cw2", "supervisor"))}
    shared = office.done("new").strip()
    office.done("link", shared, office.case, "--as", "parent")
    told = office.data("status", shared)["linked"]
    assert told == [
        {
            "case": office.case,
            "kind": "parent",
            "stage": "identification",
            "state": "open",
            "mutual": True,
        }
    ]
    line = f"linked: {office.case}  Father or mother  open, identification"
    assert line in office.done("status", shared)
    # The colleague is on the team of the later case alone.
    told = office.data("status", shared, env=theirs)["linked"]
    assert [(one["case"], one["stage"], one["mutual"]) for one in told] == [
        (office.case, None, None)
    ]
    assert f"{office.case}  Father or mother  not open to you" in office.done(
        "status", shared, env=theirs
    )


def test_closing_prompts_a_look_at_the_others(office: Office) -> None:
    other = office.done("new").strip()
    office.done("link", office.case, other, "--as", "same-rescue")
    assert "before this case closes" not in office.done("status", office.case)
    office.done("advance", office.case, "--to", "closure", "--override", "to see")
    told = office.done("status", office.case)
    assert f"before this case closes, look at the linked ones: {other}" in told
