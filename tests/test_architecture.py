"""ARCHITECTURE.md's tables hold for every import under src/."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import House, faults, module_name, read_house

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
HOUSE = read_house(TEXT)
MODULES = sorted((SOURCE / "tipcase").rglob("*.py"))

SMALL = House(
    floors={"cli": 6, "terminal": 4, "casebook": 3, "journal": 2, "law": 2, "files": 1, "git": 1},
    neighbours=frozenset({("git", "files")}),
    doors={
        "subprocess": frozenset({"git"}),
        "os.environ": frozenset(),
        "datetime.datetime.now": frozenset({"cli"}),
        "print": frozenset({"cli"}),
        "rich": frozenset({"terminal"}),
        "socket": frozenset(),
    },
)


def test_every_module_keeps_to_the_tables() -> None:
    found = [
        fault
        for path in MODULES
        for fault in faults(
            HOUSE,
            module_name(path, SOURCE),
            path.read_text(encoding="utf-8"),
            is_package=path.stem == "__init__",
        )
    ]
    assert not found, "\n".join(found)
    assert len(MODULES) > 300


def test_the_tables_are_read() -> None:
    assert HOUSE.floors["errors"] == 0
    assert HOUSE.floors["cli"] == 6
    assert set(HOUSE.floors.values()) == set(range(7))
    assert "git" in HOUSE.doors["subprocess"]
    assert HOUSE.doors["socket"] == {"nobody"}
    rooms = set().union(*HOUSE.doors.values()) | {r for pair in HOUSE.neighbours for r in pair}
    assert rooms - {"nobody"} <= set(HOUSE.floors), "a table names a room that stands on no floor"
    for room, other in HOUSE.neighbours:
        assert HOUSE.floors[room] == HOUSE.floors[other], f"{room}, {other}: not of one floor"
        assert (other, room) not in HOUSE.neighbours, f"{room} and {other} import each other"


def test_every_folder_and_room_has_its_paragraph() -> None:
    code_map = TEXT.partition("## Code map")[2].partition("\n## ")[0]
    rooms = {path.relative_to(SOURCE / "tipcase").parts[0].removesuffix(".py") for path in MODULES}
    for name in sorted(rooms - {"__init__", "__main__"}):
        assert f"**`{name}`**" in code_map or f"**`{name}/`**" in code_map, name


BAD = [
    ("journal", "from tipcase.casebook import folder", "imports casebook (floor 3)"),
    ("journal", "import tipcase.casebook.folder", "imports casebook (floor 3)"),
    ("journal", "from tipcase import casebook", "imports casebook (floor 3)"),
    ("journal", "from . import casebook", "imports casebook (floor 3)"),
    ("journal", "from .casebook import x", "imports casebook (floor 3)"),
    ("journal", "def f():\n    from tipcase import casebook", "imports casebook (floor 3)"),
    ("journal", "from tipcase import law", "its neighbour law"),
    ("files", "from tipcase import git", "its neighbour git"),
    ("files", "from tipcase import cellar", "cellar stands on no floor"),
    ("cellar", "x = 1", "cellar stands on no floor"),
    ("files", "import subprocess", "the door subprocess"),
    ("files", "from subprocess import run", "the door subprocess"),
    ("cli", "import os as o\no.environ['A']", "the door os.environ"),
    ("cli", "from os import environ", "the door os.environ"),
    ("law", "def f():\n    return d.now()\nfrom datetime import datetime as d", "datetime.now"),
    ("law", "import datetime\ndatetime.datetime.now().year", "the door datetime.datetime.now"),
    ("law", "print(1)", "the door print"),
    ("law", "show = print", "the door print"),
    ("cli", "from rich.text import Text", "the door rich"),
    ("cli", "import socket", "the door socket"),
    ("cli", "import numpy", "numpy is no library of ours"),
    ("law", "\n" * 351, "351 lines"),
    ("law", "def f():\n" + "    x = 1\n" * 55, "f has 56 lines"),
]


@pytest.mark.parametrize(("room", "text", "said"), BAD)
def test_what_the_house_forbids_is_found(room: str, text: str, said: str) -> None:
    assert any(said in fault for fault in faults(SMALL, f"tipcase.{room}", text))


GOOD = [
    ("casebook", "from tipcase import journal, law, __version__"),
    ("git", "from tipcase import files\nimport subprocess\nsubprocess.run([])"),
    ("cli", "from datetime import datetime\ndatetime.now()\nprint(1)"),
    ("law", "from datetime import date, datetime\ndatetime.fromisoformat('x')\nimport os\nos.path"),
    ("law", "class C:\n    def print(self): return self.print()"),
    ("law", "def f():\n" + "    x = 1\n" * 54),
]


@pytest.mark.parametrize(("room", "text"), GOOD)
def test_what_the_house_allows_passes(room: str, text: str) -> None:
    assert faults(SMALL, f"tipcase.{room}", text) == []


def test_a_package_imports_its_own_modules() -> None:
    text = "from .entry import Entry\nfrom tipcase.journal import fold"
    assert faults(SMALL, "tipcase.journal", text, is_package=True) == []
