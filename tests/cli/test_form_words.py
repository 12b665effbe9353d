"""``form``: what its words stand for, and which options go together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import OPENED, Office


@pytest.fixture
def two(office: Office) -> tuple[Office, str]:
    """The office with a second case."""
    return office, office.done("new", "--opened", OPENED).strip()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_codes_and_cases_stand_in_any_order(two: tuple[Office, str], tmp_path: Path) -> None:
    office, other = two
    out = tmp_path / "print"
    data = office.data("form", "P1", other, "P5", office.case, "P1", "--out", out, "--lang", "en")
    assert data["case"] is None and data["cases"] == [other, office.case]
    assert [(row["case"], row["form"]) for row in data["forms"]] == [
        (case, code) for case in (other, office.case) for code in ("P1", "P5")
    ]
    expected = [f"{case}-{code}.en.html" for case in (other, office.case) for code in ("P1", "P5")]
    assert names(out) == sorted(expected)
    assert all(Path(row["file"]).name in expected for row in data["forms"])


def test_a_set_is_its_forms_each_once(office: Office) -> None:
    data = office.data("form", office.case, "S1", "S1a", "P3", "--dry-run")
    codes = [row["form"] for row in data["forms"]]
    assert codes == ["S1a", "S1b", "S1c", "S1d", "P3", "P3-copy"]


def test_all_are_the_forms_whose_stage_has_a_record(office: Office) -> None:
    ran = office.run("form", office.case, "--all", "--dry-run")
    assert ran.code == 0 and "no record of a stage" in ran.stderr
    office.done("set", office.case, "profile", "nationality=KH")
    before = {
        row["form"] for row in office.data("form", office.case, "--all", "--dry-run")["forms"]
    }
    assert "P1" in before and "P7" not in before
    office.put("closure", f"{{happened_on: {OPENED}}}")
    after = {row["form"] for row in office.data("form", office.case, "--all", "--dry-run")["forms"]}
    assert after - before >= {"P7"}


def test_all_cases_are_those_that_are_open(two: tuple[Office, str], tmp_path: Path) -> None:
    office, other = two
    data = office.data("form", "--all-cases", "P1", "--out", tmp_path / "print")
    assert sorted(row["case"] for row in data["forms"]) == sorted([office.case, other])


def test_cases_of_others_are_counted_and_left_out(
    two: tuple[Office, str], second_person: object, tmp_path: Path
) -> None:
    office, other = two
    home = second_person()  # type: ignore[operator]  # a fixture that makes people
    office.done("grant", other, "cw2")
    theirs = {"TIPCASE_HOME": str(home)}
    ran = office.run("form", "--all-cases", "P1", "--out", tmp_path / "print", env=theirs)
    assert ran.code == 0 and "1 case(s) are not open to you" in ran.stderr
    assert names(tmp_path / "print") == [f"{other}-P1.both.html"]


def test_an_unreadable_case_is_said_and_the_rest_is_printed(
    two: tuple[Office, str], tmp_path: Path
) -> None:
    office, other = two
    journal = office.book / "cases" / office.case / "journal" / "cw1.journal"
    journal.write_bytes(journal.read_bytes().replace(b'"op":"new"', b'"op":"nix"'))
    ran = office.run("form", office.case, other, "P1", "--out", tmp_path / "print", "--json")
    told = json.loads(ran.stdout)
    assert ran.code == 7 and told["ok"] is False
    assert told["data"]["failed"] == [office.case]
    assert names(tmp_path / "print") == [f"{other}-P1.both.html"]
    assert office.case in ran.stderr


def test_a_bundle_is_one_file(two: tuple[Office, str], tmp_path: Path) -> None:
    office, other = two
    one, many = tmp_path / "one", tmp_path / "many"
    office.done("form", office.case, "P1", "P5", "--bundle", "--out", one, "--lang", "en")
    assert names(one) == [f"{office.case}.en.html"]
    data = office.data("form", office.case, other, "P1", "--bundle", "--out", many, "--lang", "en")
    assert names(many) == ["forms.en.html"]
    assert {row["file"] for row in data["forms"]} == {str(many / "forms.en.html")}
    page = (many / "forms.en.html").read_text(encoding="utf-8")
    assert office.case in page and other in page


def test_a_bundle_leaves_out_a_case_that_cannot_note_its_prints(
    two: tuple[Office, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tipcase.casebook import change
    from tipcase.errors import LockedError

    office, other = two
    real = change.note_print

    def refuse(case: object, *words: object) -> object:
        if case.id == office.case:  # type: ignore[attr-defined]
            raise LockedError("somebody else is writing")
        return real(case, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(change, "note_print", refuse)
    ran = office.run("form", office.case, other, "P1", "--bundle", "--out", tmp_path / "print")
    assert ran.code == 9
    page = (tmp_path / "print" / "forms.both.html").read_text(encoding="utf-8")
    assert other in page and office.case not in page


def test_a_named_record_goes_to_the_forms_about_its_type(office: Office) -> None:
    visits = [
        office.put("follow-up", f"{{happened_on: 2026-0{month}-01, follow_up_type: type-1}}")
        for month in (2, 3)
    ]
    first = next(name for name in visits if name) if "/" in visits[0] else f"follow-up/{visits[0]}"
    words = ("form", office.case, "P1", "P5", "--dry-run", "--record", first)
    rows = {row["form"]: row for row in office.data(*words)["forms"]}
    assert rows["P5"]["record"] == first and rows["P5"]["newer"] is not None
    assert rows["P1"]["record"] is None
    assert office.run("form", office.case, "P1", "--dry-run", "--record", first).code == 2


REFUSED = [
    ((), 2, "--blank"),
    (("P1",), 2, "--all-cases"),
    (("{case}",), 2, "--all, or some of: P1"),
    (("{case}", "P1", "--all", "--out", "{out}"), 2, "leave out the codes"),
    (("{case}", "--all-cases", "P1", "--out", "{out}"), 2, "--all-cases"),
    (("--all-cases", "--out", "{out}"), 2, "--all, or some of: P1"),
    (("{case}", "P1", "--format", "doc"), 2, "give --format pdf"),
    (("{case}", "P1", "--lang", "fr"), 2, "give --lang both"),
    (("{case}", "P1", "--pdf-a"), 2, "--format pdf --pdf-a"),
    (("{case}", "P1", "--bundle"), 2, "give --out DIR"),
    (("{case}", "P1", "P2"), 2, "give --out DIR"),
    (("{case}", "--all"), 2, "give --out DIR"),
    (("{case}", "P1", "--to", " "), 2, "say who gets it"),
    (("{case}", "P99", "--out", "{out}"), 4, "the forms are: P1"),
    (("ZZZZ-ZZZZ", "P1", "--out", "{out}"), 4, "tipcase list"),
    (("provider", "P1", "--out", "{out}"), 2, "provider"),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("words", "code", "hint"), REFUSED, ids=range(len(REFUSED)))
def test_what_does_not_go_together_is_refused_with_a_hint(
    office: Office, words: tuple[str, ...], code: int, hint: str, tmp_path: Path
) -> None:
    out = tmp_path / "print"
    given = [word.format(case=office.case, out=out) for word in words]
    ran = office.run("form", *given)
    assert (ran.code, hint in ran.stderr, ran.stdout) == (code, True, ""), ran.stderr
    assert not out.exists()


def test_a_folder_in_the_casebook_is_refused_whatever_it_is_called(
    office: Office, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(office.book, target_is_directory=True)
    for out in (office.book, office.book / "print", link / "a/b", link / "../book/print"):
        ran = office.run("form", office.case, "P1", "--out", out)
        assert (ran.code, "plaintext has no place there" in ran.stderr) == (2, True), out
    assert not (office.book / "print").exists() and not (office.book / "a").exists()


def test_a_casebook_that_is_mounted_elsewhere_too_is_the_casebook(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alias, real = tmp_path / "alias", Path.samefile
    alias.mkdir()

    # Two names of one folder that no link tells apart: a mount, or a disk without capital letters.
    def same(one: Path, other: Path) -> bool:
        return real(one, other) or {one, other} == {alias, office.book}

    monkeypatch.setattr(Path, "samefile", same)
    ran = office.run("form", office.case, "P1", "--out", alias / "print")
    assert (ran.code, list(alias.iterdir())) == (2, [])
