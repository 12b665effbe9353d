"""The sample casebook is sound, tells its stories, and is what its sources say."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Ran, run_inside
from tipcase import documents, law, resources
from tipcase.cli.demo import SAMPLE_DATE

SAMPLES = Path(__file__).resolve().parents[2] / "sample-cases"
IDENTITY = SAMPLES / "demo-identity.txt"
STORIES = sorted((SAMPLES / "sources").glob("*.yaml"))
INVALID = sorted((SAMPLES / "invalid").glob("*.yaml"))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: reading must not depend on where the book stands, and tests must not touch it."""
    return Path(shutil.copytree(SAMPLES / "book", tmp_path_factory.mktemp("samples") / "book"))


def run(book: Path, *words: str, **more: object) -> Ran:
    return run_inside(
        *words,
        "--identity",
        str(IDENTITY),
        "--as-of",
        SAMPLE_DATE,
        cwd=book,
        **more,  # type: ignore[arg-type]  # input only
    )


def data(book: Path, *words: str) -> Any:
    return json.loads(run(book, *words, "--json").stdout)["data"]


@dataclass(frozen=True)
class Told:
    """What the sources say of one case: where it ends, its records in order, its profile."""

    number: str  # the office's own number, by which a test finds the case
    stage: str
    records: tuple[str, ...]
    decisions: int
    profile: Mapping[str, Any] = field(repr=False)


@functools.cache
def told_of(name: str) -> Told:
    """Read by the first test that asks: reading takes a second, which collecting has not."""
    story = documents.read((SAMPLES / "sources" / f"{name}.yaml").read_bytes()).tree
    first: dict[str, Any] = {}
    if "of" in story:
        rescue = documents.read((SAMPLES / "sources" / f"{story['of']}.yaml").read_bytes()).tree
        own = rescue["people"][int(story["person"]) - 1]
        for kind in {**rescue["shared"], **own}:
            first[kind] = {**rescue["shared"].get(kind, {}), **own.get(kind, {})}
    steps = story["steps"]
    puts = [(step["put"], step["content"]) for step in steps if "put" in step]
    moves = [str(step["advance"]) for step in steps if "advance" in step]
    profile = next((content for kind, content in puts if kind == "profile"), first.get("profile"))
    return Told(
        str(profile["office_number"]) if profile else "provider",
        moves[-1] if moves else "identification",
        (*first, *(kind for kind, _ in puts)),
        sum("skip" in step for step in steps),
        profile or {},
    )


# The list of the rescue opens its cases; the three files after it go on with them.
TOLD = [path.stem for path in STORIES if path.stem != "6-rescue"]
CASES = [name for name in TOLD if name != "provider"]


@pytest.fixture(scope="module")
def ids(book: Path) -> dict[str, str]:
    """The id of each case by the name of the source that tells it."""
    numbers = {}
    for row in data(book, "list"):
        profile = data(book, "show", row["case"], "profile")["content"]
        numbers[profile["office_number"]] = row["case"]
    return {name: numbers[told_of(name).number] for name in CASES}


def test_the_book_is_undamaged(book: Path) -> None:
    ran = run(book, "verify", "--json")
    assert ran.code == 0
    rows = json.loads(ran.stdout)["data"]
    assert all(row["ok"] and not row["warnings"] for row in rows)
    assert len(rows) == len(CASES) + 2  # the staff and the provider


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", CASES)
def test_the_book_says_what_its_sources_say(book: Path, ids: dict[str, str], name: str) -> None:
    told = told_of(name)
    kinds = [row["record"].partition("/")[0] for row in data(book, "show", ids[name])]
    assert sorted(kinds) == sorted([*told.records, *["decision"] * told.decisions])
    shown = data(book, "show", ids[name], "profile")["content"]
    assert shown["full_name"] == told.profile["full_name"]
    assert "Example" in shown["full_name_latin"], "people in samples are plainly invented"


def test_the_provider_s_records_are_what_its_source_says(book: Path) -> None:
    kinds = [row["record"].partition("/")[0] for row in data(book, "show", "provider")]
    assert sorted(kinds) == sorted(told_of("provider").records)


def test_each_story_stands_where_its_source_leaves_it(book: Path, ids: dict[str, str]) -> None:
    stages = {row["case"]: row["stage"] for row in data(book, "list")}
    assert {name: stages[ids[name]] for name in CASES} == {n: told_of(n).stage for n in CASES}


def test_every_record_type_stands_in_a_story() -> None:
    """And the provider's: a type that no sample uses is a type that nobody has tried."""
    edition = law.load(resources.path("schemas") / "kh-2009")
    told = {kind for name in TOLD for kind in told_of(name).records}
    # What was published is remembered by `report --publish` itself: nobody writes it by hand.
    assert set(edition.all_types) == told | {"publication"}


# How each closing of the book ended; everybody else is in somebody's care.
CLOSED = {
    "8-home-again": "repatriated",
    "10-moved-away": "transferred",
    "11-died": "died",
    "13-chose-to-leave": "declined-service",
    "14-unsuccessful": "unsuccessful",
    "15-lost-for-good": "lost-contact",
    "16-child-home": "successful",
    "17-taken-for-dead": "transferred",
}


def contents(book: Path, case: str, kind: str) -> dict[str, Any]:
    """What each record of a type says, by its name."""
    names = [row["record"] for row in data(book, "show", case)]
    mine = [name for name in names if name.partition("/")[0] == kind]
    return {name: data(book, "show", case, name)["content"] for name in mine}


def of_kind(book: Path, case: str, record: str, kind: str) -> list[Any]:
    """The records of a type that are of one kind, the oldest first."""
    mine = [one for one in contents(book, case, record).values() if one["kind"] == kind]
    return sorted(mine, key=lambda one: one["happened_on"])


def test_each_story_has_its_answer(book: Path, ids: dict[str, str]) -> None:
    answers = {name: data(book, "readiness", ids[name]) for name in CASES}
    # What gates a success alone stands in no way of one who went home, or away, or died.
    for name, outcome in {**CLOSED, "3-evidence-complete": "successful"}.items():
        # His case was closed with his no in it, which nothing turns into a yes.
        expected = "survivor-disagrees" if name == "17-taken-for-dead" else "evidence-complete"
        answer = answers.pop(name)
        assert (answer["answer"], answer["outcome"]) == (expected, outcome)
    assert {answer["answer"] for answer in answers.values()} == {"gaps"}


def test_closed_cases_are_closed_by_their_own_outcomes(book: Path, ids: dict[str, str]) -> None:
    states = {row["case"]: row["state"] for row in data(book, "list")}
    assert {name for name in CASES if states[ids[name]] == "closed"} == set(CLOSED)
    edition = law.load(resources.path("schemas") / "kh-2009")
    outcomes = edition.record_type("closure").field("outcome")
    assert outcomes is not None
    assert set(CLOSED.values()) == set(outcomes.values)
    for name, outcome in CLOSED.items():
        closed = of_kind(book, ids[name], "decision", "close")[-1]["closure_record"]
        assert data(book, "show", ids[name], closed)["content"]["outcome"] == outcome
    everything = data(book, "due", "--within", "3650d")
    assert not {row["case"] for row in everything} & {ids[name] for name in CLOSED}


@pytest.mark.parametrize(
    ("name", "code"), [*((name, "P7") for name in CLOSED), ("7-reopened", "S2c")]
)
@pytest.mark.sampled(3)
def test_the_forms_of_an_ending_print(
    book: Path, ids: dict[str, str], tmp_path: Path, name: str, code: str
) -> None:
    ran = run(book, "form", ids[name], code, "--lang", "both", "--out", str(tmp_path / "out"))
    assert ran.code == 0, ran.stderr
    (sheet,) = (tmp_path / "out").glob(f"*{code}*.html")
    assert "Example" in sheet.read_text("utf-8")


def test_a_success_was_closed_and_opened_again(book: Path, ids: dict[str, str]) -> None:
    case = ids["7-reopened"]
    ops = [row["op"] for row in data(book, "log", case)]
    assert ops.index("close") < ops.index("reopen")
    names = [row["record"] for row in data(book, "show", case)]
    contents = {
        name: data(book, "show", case, name)["content"] for name in names if "decision/" in name
    }
    (reopened,) = (one for one in contents.values() if one["kind"] == "reopen")
    closed = contents[reopened["closing"]]
    assert closed["kind"] == "close" and closed["closure_record"] in names
    # The crisis was looked at before; the closing kept its own day.
    crises = [
        data(book, "show", case, name)["content"]["happened_on"]
        for name in names
        if name.startswith("crisis-intervention/")
    ]
    assert closed["happened_on"] < max(crises) <= reopened["happened_on"]


def test_a_child_went_home_and_the_closing_holds(book: Path, ids: dict[str, str]) -> None:
    case = ids["16-child-home"]
    assert data(book, "status", case)["age"]["treated_as_child"] is True
    assert "reopen" not in [row["op"] for row in data(book, "log", case)]
    # What the last visit saw was over, and written down as over, before anybody spoke of closing.
    visits = contents(book, case, "follow-up").values()
    last = max(visits, key=lambda one: one["happened_on"])
    (incident,) = contents(book, case, "incident").values()
    (closure,) = contents(book, case, "closure").values()
    assert last["danger_seen"] is True
    seen, ended = incident["happened_on"], incident["ended_safely_on"]
    assert last["happened_on"] <= seen < ended < closure["survivor_consulted_on"]
    duties = {one["id"]: one["state"] for one in data(book, "readiness", case)["duties"]}
    asked = ("child-prepared", "child-heard", "community-prepared", "danger", "linked")
    assert {duties[f"closure-{name}"] for name in asked} == {"met"}


def test_two_cousins_are_linked_and_the_closing_of_one_looked_at_the_other(
    book: Path, ids: dict[str, str]
) -> None:
    cousins = {ids["12-comes-of-age"], ids["16-child-home"]}
    for case in sorted(cousins):
        (link,) = data(book, "show", case, "profile")["content"]["linked_cases"]
        assert {case, link["linked_case"]} == cousins
        assert link["link_kind"] == "other-relative"
    (closure,) = contents(book, ids["16-child-home"], "closure").values()
    assert closure["linked_cases_looked_at"] is True


def test_who_was_taken_for_dead_came_back_and_was_handed_over_against_his_word(
    book: Path, ids: dict[str, str]
) -> None:
    case = ids["17-taken-for-dead"]
    ops = [row["op"] for row in data(book, "log", case)]
    assert [op for op in ops if op in ("close", "reopen")] == ["close", "reopen", "close"]
    closures = contents(book, case, "closure")
    first, second = of_kind(book, case, "decision", "close")
    assert closures[first["closure_record"]]["outcome"] == "died"
    (reopened,) = of_kind(book, case, "decision", "reopen")
    assert reopened["reopen_cause"] == "closed-by-mistake"
    assert contents(book, case, "decision")[reopened["closing"]] == first
    # His no is what was overridden, and nothing else: the rest was done.
    assert second["gates"] == ["survivor-disagrees closure survivor_agrees_to_close"]
    later = closures[second["closure_record"]]
    assert (later["outcome"], later["survivor_agrees_to_close"]) == ("transferred", "no")
    assert later["reluctance_explored"]
    assert [one["how"] for one in later["left_open"]] == ["handed-over"]


def test_a_first_return_went_wrong_and_a_second_holds(book: Path, ids: dict[str, str]) -> None:
    case = ids["9-trial-and-back"]
    trials = [
        data(book, "show", case, row["record"])["content"]
        for row in data(book, "show", case)
        if row["record"].startswith("reintegration/")
    ]
    assert sorted(trial["trial_outcome"] for trial in trials) == ["settled", "went-back"]
    moves = [row["stage"] for row in data(book, "log", case) if row["op"] == "advance"]
    assert moves.count("recovery") == moves.count("reintegration") == 2
    # Of the plan that a return into care ended nothing is due; of the new one, its two last visits.
    rows = [row for row in data(book, "due", "--within", "120d") if row["case"] == case]
    assert [row["id"] for row in rows] == ["visit-planned", "visit-planned"]
    assert [row["due_on"] for row in rows] == ["2026-10-23", "2026-12-31"]


def test_who_comes_of_age_is_asked_herself(book: Path, ids: dict[str, str]) -> None:
    def on(day: str) -> tuple[Any, set[str]]:
        words = ("--identity", str(IDENTITY), "--as-of", day, "--json")
        status = run_inside("status", ids["12-comes-of-age"], *words, cwd=book)
        due = run_inside("due", "--within", "40d", *words, cwd=book)
        rows = json.loads(due.stdout)["data"]
        mine = {row["id"] for row in rows if row["case"] == ids["12-comes-of-age"]}
        return json.loads(status.stdout)["data"]["age"], mine

    age, _ = on("2026-09-19")
    assert age["treated_as_child"] is True and age["years"] == [[17, 17]]
    age, due = on(SAMPLE_DATE)
    assert age["treated_as_child"] is False and age["years"] == [[18, 18]]
    assert not due & {"consent-at-eighteen", "consent-ask-again"}
    told = documents.read((SAMPLES / "sources" / "12-comes-of-age.yaml").read_bytes()).tree
    given = [step["content"] for step in told["steps"] if step.get("put") == "consent"]
    assert [one["given_by"] for one in given] == ["guardian", "guardian", "self", "self", "self"]
    assert all(one["child_assent"] == "agrees" for one in given[:2])


def test_what_check_says_of_the_book(book: Path, ids: dict[str, str]) -> None:
    """The early case misses what the demo writes; the foreign survivor is not ready to go home."""
    ran = run(book, "check", "--all", "--json")
    assert ran.code == 3
    found = json.loads(ran.stdout)["findings"]
    names = {case: name for name, case in ids.items()}
    blocked = {names[one["case"]] for one in found if one["severity"] == "blocks"}
    assert blocked == {"1-early", "5-abroad"}
    # A few honest gaps, not dozens: what a careful worker would have written is written.
    assert 0 < len(found) < 4 * len(CASES)
    assert run(book, "check", ids["1-early"]).code == 3
    assert run(book, "check", ids["2-child-midway"]).code == 0


def test_the_provider_is_nearly_in_order(book: Path) -> None:
    ran = run(book, "check", "provider", "--json")
    assert ran.code == 0
    found = [(one["record"], one["provision"]) for one in json.loads(ran.stdout)["findings"]]
    assert ("training", "857/12.1") in found
    assert len(found) < 4


def test_what_is_due_on_the_day_of_the_samples(book: Path, ids: dict[str, str]) -> None:
    rows = data(book, "due", "--within", "30d")
    names = {**{case: name for name, case in ids.items()}, "provider": "provider"}
    due = {(names[row["case"]], row["id"]) for row in rows}
    assert due >= {
        ("2-child-midway", "legal-hearing"),
        ("2-child-midway", "service-appointment"),
        ("2-child-midway", "conference-decision"),
        ("5-abroad", "handover-task"),
        ("6b-rescue-undecided", "referral-answer"),
        ("6c-rescue-age-uncertain", "age-settling"),
    }
    assert {what for name, what in due if name == "provider"} == {
        "premises-yearly-assessment",
        "quality-improvement",
        "memorandum-end",
        "relief-activity",
    }
    late = {(names[row["case"]], row["id"]) for row in rows if row["state"] == "late"}
    assert late == {
        ("4-contact-lost", "incident-missing"),
        ("4-contact-lost", "reintegration-trial"),
    }


def test_the_three_of_one_rescue_are_linked_both_ways(book: Path, ids: dict[str, str]) -> None:
    rescue = {ids[name] for name in CASES if name.startswith("6")}
    assert len(rescue) == 3
    for case in sorted(rescue):
        links = data(book, "show", case, "profile")["content"]["linked_cases"]
        assert {one["linked_case"] for one in links} == rescue - {case}
        assert {one["link_kind"] for one in links} == {"same-rescue"}


def test_who_may_be_a_child_is_treated_as_one(book: Path, ids: dict[str, str]) -> None:
    for name, years in (("6c-rescue-age-uncertain", 2), ("2-child-midway", 1)):
        age = data(book, "status", ids[name])["age"]
        assert age["treated_as_child"] is True
        assert len(age["years"]) >= years
    assert data(book, "status", ids["6c-rescue-age-uncertain"])["age"]["uncertain"] is True


def test_no_name_of_a_person_can_be_read_in_the_book() -> None:
    names = re.compile("ឧទាហរណ៍|Example (?!Shelter)".encode())
    for path in (SAMPLES / "book").rglob("*"):
        if path.is_file():
            assert not names.search(path.read_bytes()), path.name


def test_the_identity_warns_and_opens_nothing_else() -> None:
    text = IDENTITY.read_text("utf-8")
    assert text.startswith("# PUBLIC.")
    assert "# tipcase handle: demo\n" in text


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
@pytest.mark.sampled(3)
def test_what_must_be_refused_is_refused(book: Path, ids: dict[str, str], path: Path) -> None:
    edition = law.load(resources.path("schemas") / "kh-2009")
    kind = max((k for k in edition.all_types if path.stem.startswith(f"{k}-")), key=len)
    case = "provider" if kind in edition.provider_types else ids["1-early"]
    before = {p: p.read_bytes() for p in book.rglob("*") if p.is_file() and p.name != ".lock"}
    ran = run(book, "put", case, kind, str(path))
    assert ran.code == 3
    assert "Traceback" not in ran.stderr
    assert {p: p.read_bytes() for p in before} == before
    assert "invented" not in ran.stderr


def make(into: Path, *names: str) -> None:
    """Run the script in a folder that has some of the sources, or changed ones."""
    spec = importlib.util.spec_from_file_location("make_samples", SAMPLES / "make_samples.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    (into / "sources").mkdir(exist_ok=True)
    for name in names:
        shutil.copy(SAMPLES / "sources" / f"{name}.yaml", into / "sources")
    assert script.main(into) == 0


def test_the_script_makes_a_sound_book(tmp_path: Path) -> None:
    """Made anew somewhere else: the rescue, one of its stories, two who are linked, endings."""
    told = ("12-comes-of-age", "16-child-home", "17-taken-for-dead")
    make(tmp_path, "6-rescue", "6b-rescue-undecided", *told)
    words = ("--json", "--identity", str(tmp_path / "demo-identity.txt"))
    ran = run_inside("verify", *words, cwd=tmp_path / "book")
    assert ran.code == 0
    assert len(json.loads(ran.stdout)["data"]) == 2 + 3 + len(told)
    linked = 0
    for row in json.loads(run_inside("list", *words, cwd=tmp_path / "book").stdout)["data"]:
        shown = run_inside("status", row["case"], *words, cwd=tmp_path / "book").stdout
        linked += len(json.loads(shown)["data"]["linked"])
    assert linked == 3 * 2 + 2


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        pytest.param("    override: .*\n", "", "survivor-disagrees", id="none-where-it-is-needed"),
        pytest.param('"no"', '"yes"', "nothing to override", id="one-where-it-is-not"),
    ],
)
@pytest.mark.sampled(1)
def test_a_source_closes_against_a_no_with_a_reason_and_only_then(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    text = (SAMPLES / "sources" / "17-taken-for-dead.yaml").read_text("utf-8")
    (tmp_path / "sources").mkdir()
    changed = re.sub(old, new, text)
    assert changed != text
    (tmp_path / "sources" / "17-taken-for-dead.yaml").write_text(changed, encoding="utf-8")
    with pytest.raises(SystemExit, match=why):
        make(tmp_path)
    assert not (tmp_path / "book").exists()
