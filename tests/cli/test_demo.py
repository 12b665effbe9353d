"""The demo walks the main job, leaves a sound casebook, and fails when a step does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.commands import run_inside
from tipcase.cli import demo


def test_the_tour_runs_to_its_end(tmp_path: Path) -> None:
    ran = run_inside("demo", tmp_path / "tour")
    assert ran.code == 0, ran
    books = list(tmp_path.rglob("casebook.yaml"))
    assert books == [tmp_path / "tour" / "casebook.yaml"]
    said = [line for line in ran.stdout.splitlines() if line.startswith("$ tipcase ")]
    named = {line.split()[2] for line in said}
    assert named >= {"list", "status", "check", "advance", "set", "put", "new", "show", "form"}
    assert named >= {"readiness", "close", "log", "verify"}
    assert "evidence-complete" in ran.stdout
    assert list((tmp_path / "tour-print").glob("*-P1.both.html"))
    assert list((tmp_path / "tour-print").glob("*-P7.both.html"))


@pytest.mark.soak
def test_each_command_is_said_before_it_runs(tmp_path: Path) -> None:
    out = run_inside("demo", tmp_path / "tour").stdout
    assert out.index("$ tipcase verify") < out.index("staff: ok")
    assert out.index("$ tipcase readiness") < out.index("evidence-complete")


def test_a_step_that_ends_otherwise_fails_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [demo.Step("Something that is not there.", ("show", "ZZZZ-ZZZZ"))]
    monkeypatch.setattr(demo, "_steps", lambda guide, out: iter(steps))
    ran = run_inside("demo", tmp_path / "tour")
    assert ran.code == 1
    assert "stopped here" in ran.stderr


def test_plaintext_in_the_book_fails_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spill(guide: object, out: Path) -> object:
        (tmp_path / "tour" / "spilt").write_text(demo._NAME, encoding="utf-8")
        return iter(())

    monkeypatch.setattr(demo, "_steps", spill)
    ran = run_inside("demo", tmp_path / "tour")
    assert ran.code == 1
    assert "plaintext was found" in ran.stderr


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    ran = run_inside("demo", tmp_path)
    assert ran.code == 5
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["mine"]


def test_the_demo_keeps_its_trust_apart(tmp_path: Path, home: Path) -> None:
    run_inside("demo", tmp_path / "tour")
    assert not (home / "trust").exists()


@pytest.mark.soak
def test_a_second_time_in_the_same_place(tmp_path: Path) -> None:
    for _ in range(2):
        ran = run_inside("demo", tmp_path / "tour")
        assert ran.code == 0, ran.stderr
        shutil.rmtree(tmp_path / "tour")


def test_a_sample_case_that_is_not_there_is_an_error_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_EARLY", "1999-01-01")
    ran = run_inside("demo", tmp_path / "tour")
    assert ran.code == 4
    assert "no case that was opened on 1999-01-01" in ran.stderr
