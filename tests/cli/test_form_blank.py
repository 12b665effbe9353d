"""``form --blank``: forms for pen and paper, of no case, without a key, anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.commands import Ran
from tipcase.casebook.book import load_edition

CODES = tuple(load_edition("kh-2009").forms_data["forms"])


def test_all_codes_print_without_a_casebook_or_a_key(
    cli: Callable[..., Ran], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ran = cli("form", "--blank", "--all", "--format", "md", "--out", out, "--json", cwd=tmp_path)
    told = json.loads(ran.stdout)["data"]
    assert ran.code == 0 and told["cases"] == [] and told["written"]
    assert [row["form"] for row in told["forms"]] == list(CODES)
    assert sorted(p.name for p in out.iterdir()) == sorted(f"blank-{c}.both.md" for c in CODES)
    assert "plaintext" not in ran.stderr


def test_one_goes_to_the_output(cli: Callable[..., Ran], tmp_path: Path) -> None:
    ran = cli("form", "--blank", "P1", "--lang", "km", cwd=tmp_path)
    assert ran.code == 0 and ran.stdout.startswith("<!doctype html>")
    assert "ក" in ran.stdout and not any(tmp_path.iterdir())


def test_a_set_and_a_bundle(cli: Callable[..., Ran], tmp_path: Path) -> None:
    words = ("form", "--blank", "P3", "--bundle", "--lang", "en", "--out", tmp_path / "out")
    assert cli(*words, cwd=tmp_path).code == 0
    (page,) = (tmp_path / "out").iterdir()
    assert page.name == "blank.en.html"


def test_in_a_casebook_its_settings_and_edition_count(office: Office, tmp_path: Path) -> None:
    office.done("settings", "form_language=km")
    for path in office.home.glob("keys/*"):
        path.unlink()
    office.done("form", "--blank", "P1", "--out", tmp_path / "out")
    (page,) = (tmp_path / "out").iterdir()
    assert page.name == "blank-P1.km.html"
    assert "Example Shelter" in page.read_text(encoding="utf-8")
    ran = office.run("form", "--blank", "P1", "--out", office.book / "out")
    assert (ran.code, (office.book / "out").exists()) == (2, False)


def test_nothing_is_written_on_a_dry_run(cli: Callable[..., Ran], tmp_path: Path) -> None:
    words = ("form", "--blank", "P1", "P2", "--dry-run", "--out", tmp_path / "out")
    ran = cli(*words, cwd=tmp_path)
    assert (ran.code, ran.stdout, (tmp_path / "out").exists()) == (0, "", False)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("P99",), 4),
        (("P1", "P2"), 2),
        (("P1", "--all", "--out", "out"), 2),
        (("P1", "--seal"), 2),
        (("P1", "--to", "x"), 2),
        (("P1", "--record", "follow-up"), 2),
        (("P1", "--include-restricted"), 2),
        (("P1", "--all-cases"), 2),
        (("P1", "--casebook", "nowhere"), 4),
    ],
    ids=str,
)
def test_what_a_blank_form_cannot_be_is_refused(
    cli: Callable[..., Ran], tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    ran = cli("form", "--blank", *words, cwd=tmp_path)
    assert (ran.code, ran.stdout) == (code, "")
    assert "hint" in ran.stderr and not any(tmp_path.iterdir())
