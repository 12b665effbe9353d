"""Start-up is guarded by what is imported, which is the same on every machine; time is not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import SOURCE, Ran

HEAVY = (
    "cryptography",
    "importlib.metadata",
    "inspect",
    "jinja2",
    "jsonschema_rs",
    "pydantic",
    "rich",
    "ruamel",
    "subprocess",
    "typer",
    "yaml12",
)
"""Each costs more than the whole of ``--version`` may."""

# Shows on stdout, after the command's own output, every module that it loaded.
SPY = """
import sys
from tipcase.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as stop:
    code = stop.code
print("\\n@@" + " ".join(sys.modules))
sys.exit(code)
"""


def loaded(*args: str, cwd: Path) -> set[str]:
    """The modules that a command has loaded when it is done."""
    done = subprocess.run(
        [sys.executable, "-c", SPY, *args],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("@@")[2].split())


def heavy(modules: set[str], *allowed: str) -> list[str]:
    """The heavy ones among them that are not allowed."""
    tops = [name for name in HEAVY if name not in allowed]
    return sorted(m for m in modules if any(m == top or m.startswith(f"{top}.") for top in tops))


def test_the_package_itself_imports_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import tipcase; print(*set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["tipcase"]


def test_the_version_loads_nothing_heavy(tmp_path: Path) -> None:
    modules = loaded("--version", cwd=tmp_path)
    assert "tipcase.cli" in modules
    assert heavy(modules) == []


def test_a_second_list_loads_typer_alone(tmp_path: Path, tipcase: Callable[..., Ran]) -> None:
    for words in (
        ("keygen", "--handle", "cw1", "--no-passphrase", "--keys", "x25519"),
        ("init", "book", "--name", "Example Shelter", "--keys", "x25519", "--no-git"),
    ):
        done = tipcase(*words, cwd=tmp_path)
        assert done.code == 0, done.stderr
    book = tmp_path / "book"
    assert tipcase("new", cwd=book).code == 0
    assert tipcase("list", cwd=book).code == 0
    modules = loaded("list", cwd=book)
    assert "typer" in modules
    # typer brings inspect and a little of rich's; the bound is on what tipcase adds.
    brought = loaded_by_typer()
    assert heavy(modules - brought, "typer", "inspect") == []


def loaded_by_typer() -> set[str]:
    """The modules that ``import typer`` loads by itself."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys, typer; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("name", ["cryptography", "rich.text", "typer", "importlib.metadata"])
def test_a_heavy_module_is_seen(name: str) -> None:
    assert heavy({name, "re", "richer", "importlib"}) == [name]
