"""Pages that go into a folder, in the clear: all of a run have their names, or none has.

They stand under temporary names first, and get their own when what belongs to them, such as their
entries in a journal, has succeeded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path


class Pages:
    """The pages of one case, or of a bundle, on their way into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pending: dict[Path, Path] = {}
        missing = (one for one in (folder, *folder.parents) if not one.exists())
        self._made = tuple(missing)

    def path(self, name: str) -> Path:
        """Where a page will stand."""
        return self._folder / name

    def hold(self, name: str, content: bytes) -> Path:
        """Write a page under a temporary name, for its owner alone; returns where it will stand."""
        from tipcase import files

        path = self.path(name)
        with files.refusals("write the form"):
            files.private_folder(self._folder)
            if path.is_dir():
                raise IsADirectoryError
            # By its name too: two pages may hold the same.
            digest = files.sha256(name.encode("utf-8") + b"\0" + content)
            temporary = files.pending_path(path, digest)
            temporary.unlink(missing_ok=True)
            files.create(temporary, content)
        self._pending[path] = temporary
        return path

    def release(self) -> None:
        """Give every page its own name."""
        from tipcase import files

        with files.refusals("write the form"):
            for path, temporary in list(self._pending.items()):
                try:
                    temporary.replace(path)
                except FileNotFoundError:
                    # Somebody else prints the same sheet into this folder and was quicker: their
                    # file of this name holds the same.
                    if not path.is_file():
                        raise
                del self._pending[path]

    def drop(self) -> None:
        """Take away the pages that have no name yet, and the folders made for them."""
        with contextlib.suppress(OSError):
            for temporary in self._pending.values():
                temporary.unlink(missing_ok=True)
            for folder in self._made:
                folder.rmdir()


def left_behind(folder: Path) -> int:
    """How many pages without a name of their own stand in a folder: a killed run left them."""
    from tipcase import files

    with contextlib.suppress(OSError):
        return sum(files.is_pending(path.name) for path in folder.iterdir())
    return 0


@contextlib.contextmanager
def pages(folder: Path) -> Iterator[Pages]:
    """Pages that get their names when the block has succeeded; else nothing is left of them."""
    from tipcase import files

    with files.refusals("write the form"):
        found = Pages(folder)
    try:
        yield found
        found.release()
    except BaseException:
        found.drop()
        raise
