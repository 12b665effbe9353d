"""Where the files that come with tipcase are: the editions, the templates, the sample cases.

They stand in the repository beside ``src/``, where people read and edit them; a wheel carries them
inside the package. Nothing else in the program knows which of the two it runs from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tipcase.errors import MachineError

Kind = Literal["schemas", "templates", "sample-cases"]


def path(kind: Kind, *, package: Path | None = None) -> Path:
    """The folder of one kind of shipped files.

    Raises ``MachineError`` when the installation lacks it. ``package`` stands in for the folder of
    this package in tests.
    """
    package = package or Path(__file__).parent
    for folder in (package / "_data" / kind, package.parent.parent / kind):
        if folder.is_dir():
            return folder
    raise MachineError(
        f"this installation of tipcase lacks its {kind}",
        "install tipcase again",
    )
