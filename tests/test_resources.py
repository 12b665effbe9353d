"""Shipped files are found beside src/, in a wheel, and their absence is an error with a hint."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from tipcase import resources
from tipcase.errors import MachineError

ROOT = Path(__file__).resolve().parent.parent
KINDS: tuple[resources.Kind, ...] = ("schemas", "templates", "sample-cases")


@pytest.mark.parametrize("kind", KINDS)
def test_the_repository_has_each(kind: resources.Kind) -> None:
    assert resources.path(kind) == ROOT / kind


def test_a_wheel_wins_over_the_folder_beside_src(tmp_path: Path) -> None:
    package = tmp_path / "src" / "tipcase"
    inside, beside = package / "_data" / "schemas", tmp_path / "schemas"
    beside.mkdir(parents=True)
    assert resources.path("schemas", package=package) == beside
    inside.mkdir(parents=True)
    assert resources.path("schemas", package=package) == inside


def test_a_broken_installation_says_so(tmp_path: Path) -> None:
    with pytest.raises(MachineError) as error:
        resources.path("templates", package=tmp_path / "lib" / "tipcase")
    assert error.value.exit_code == 10
    assert error.value.hint


def test_the_wheel_carries_the_code_and_the_data(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    for kind in KINDS:
        there = {p.relative_to(ROOT).as_posix() for p in (ROOT / kind).rglob("*.yaml")}
        assert {f"tipcase/_data/{name}" for name in there} <= set(names)
    assert "tipcase/errors.py" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]
