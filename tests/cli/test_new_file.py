"""A file in the clear: where it may stand, and what is said of each place where it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tipcase.cli.new_file import NewFile
from tipcase.errors import ConflictError, MachineError, NotFoundError, TipcaseError, UsageError

REPORT = NewFile("report", "a report", "name a file elsewhere")
SHEET = NewFile("sheet", "the seed", "name another", option="--sheet", replaces=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "book" / "cases").mkdir(parents=True)
    (tmp_path / "there").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    (tmp_path / "way").symlink_to(tmp_path / "book", target_is_directory=True)
    return tmp_path / "book"


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("book/r", UsageError, "inside the casebook: the seed has no place there"),
        ("book/cases/r", UsageError, "inside the casebook"),
        ("book/none/../r", UsageError, "inside the casebook"),
        ("way/r", UsageError, "inside the casebook"),
        ("round", UsageError, "--sheet names a link that leads nowhere"),
        ("none/r", NotFoundError, "the folder for the sheet is not there"),
        ("there", ConflictError, "a file stands there already: nothing was written"),
        ("dangling", ConflictError, "a file stands there already: nothing was written"),
        ("", UsageError, "what is named with --sheet is no file"),
    ],
)
def test_where_no_file_may_stand(
    root: Path, tmp_path: Path, name: str, kind: type[TipcaseError], said: str
) -> None:
    with pytest.raises(kind) as refused:
        SHEET.check(tmp_path / name, root)
    assert said in refused.value.sentence
    assert refused.value.hint


def test_a_casebook_that_is_not_made_yet_is_one_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        SHEET.check(tmp_path / "new" / "s.html", tmp_path / "new")
    SHEET.check(tmp_path / "s.html", tmp_path / "new")


def test_force_replaces_a_file_and_no_folder(root: Path, tmp_path: Path) -> None:
    REPORT.check(tmp_path / "there", root, force=True)
    REPORT.check(tmp_path / "new", root)
    with pytest.raises(UsageError):
        REPORT.check(tmp_path, root, force=True)


@pytest.mark.parametrize(("one", "hint"), [(REPORT, "give --force"), (SHEET, "delete it first")])
def test_a_file_that_came_meanwhile_is_said_alike(one: NewFile, hint: str, root: Path) -> None:
    with pytest.raises(ConflictError) as refused, one.writing():
        raise FileExistsError
    assert hint in refused.value.hint
    with pytest.raises(MachineError), one.writing():
        raise PermissionError
