"""The one file in the clear that a command writes: outside the casebook, and over no other.

Its place is looked at before anything is read, and once more where it is written: minutes may lie
between.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tipcase.cli.frame import outside
from tipcase.errors import ConflictError, NotFoundError, UsageError


@dataclass(frozen=True)
class NewFile:
    """What is to be written, and how it is spoken of.

    ``name`` as in "the folder for the report"; ``content`` has no place in the casebook; ``hint``
    says what to name with ``option``; ``replaces``: whether ``--force`` replaces a file.
    """

    name: str
    content: str
    hint: str
    option: str = "--out"
    replaces: bool = True

    def check(self, out: Path, root: Path, *, force: bool = False) -> None:
        """Refuse a place in the casebook or in no folder, what is no file, and a file, unforced."""
        from tipcase import files

        with files.refusals(f"write the {self.name}"):
            outside(out, root, self.content, self.hint, option=self.option)
            if not out.resolve().parent.is_dir():
                raise NotFoundError(
                    f"the folder for the {self.name} is not there", "make it, or name another"
                )
            if out.exists() and not out.is_file():
                raise UsageError(f"what is named with {self.option} is no file", "name a new file")
            if (out.exists() or out.is_symlink()) and not force:
                raise self._taken()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Around the writing: a file that came meanwhile, or a machine that refuses, is said."""
        from tipcase import files

        with files.refusals(f"write the {self.name}"):
            try:
                yield
            except FileExistsError:
                raise self._taken() from None

    def _taken(self) -> ConflictError:
        way_out = "give --force" if self.replaces else "delete it first"
        return ConflictError(
            "a file stands there already: nothing was written", f"name another one, or {way_out}"
        )
