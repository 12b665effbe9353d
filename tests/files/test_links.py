"""Links are refused also where the system cannot be told so, and read-only files can be removed."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tipcase import files
from tipcase.errors import DamagedError, TipcaseError
from tipcase.files import links


def lock(path: Path) -> None:
    with files.lock(path, "a file"):
        pass


def read_folder(path: Path) -> None:
    files.read_all(str(path), ".age")


ACTS: list[Callable[[Path], object]] = [
    lambda path: files.read(path),
    lambda path: files.append(path, b"more"),
    lambda path: files.truncate(path, 0),
    lambda path: files.create(path, b"other"),
    lock,
]


@pytest.fixture(params=["by the system", "by us"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is here, and as on Windows."""
    if request.param == "by us":
        monkeypatch.setattr(links, "_NO_FOLLOW", 0)


@pytest.mark.parametrize("act", ACTS, ids=["read", "append", "truncate", "create", "lock"])
@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_never_followed(
    tmp_path: Path, system: None, act: Callable[[Path], object], there: bool
) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    if there:
        target.write_bytes(b"theirs")
    link.symlink_to(target)
    with pytest.raises((OSError, TipcaseError)) as info:
        act(link)
    expected = errno.EEXIST if act is ACTS[3] else errno.ELOOP
    assert isinstance(info.value, DamagedError) or getattr(info.value, "errno", 0) == expected
    assert link.is_symlink()
    assert target.read_bytes() == b"theirs" if there else not target.exists()


@pytest.mark.parametrize("act", ACTS[:3], ids=["read", "append", "truncate"])
def test_the_file_itself_is_opened(
    tmp_path: Path, system: None, act: Callable[[Path], object]
) -> None:
    (tmp_path / "plain").write_bytes(b"ours")
    act(tmp_path / "plain")


def test_a_folder_that_is_a_link_is_never_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/one.age").write_bytes(b"theirs")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    with pytest.raises(DamagedError):
        read_folder(tmp_path / "link")
    # Windows opens no folders.
    monkeypatch.setattr(os, "supports_dir_fd", set())
    assert files.read_all(str(tmp_path / "real"), ".age") == {"one.age": b"theirs"}
    assert files.read_all(str(tmp_path / "none"), ".age") == {}
    with pytest.raises(DamagedError):
        read_folder(tmp_path / "link")


def test_a_folder_with_read_only_files_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As git's objects are; Windows refuses to remove such a file, which is played here."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    outside.chmod(0o400)
    new = tmp_path / "new"
    (new / "objects").mkdir(parents=True)
    (new / "objects/one").write_bytes(b"")
    (new / "objects/one").chmod(0o400)
    (new / "objects/link").symlink_to(outside)
    unlink = os.unlink

    def windows(path: str, *, dir_fd: int | None = None) -> None:
        if not os.stat(path, dir_fd=dir_fd, follow_symlinks=False).st_mode & 0o200:
            raise PermissionError(errno.EACCES, "read-only")
        unlink(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", windows)
    links.remove_folder(new)
    assert not new.exists()
    assert outside.stat().st_mode & 0o777 == 0o400
