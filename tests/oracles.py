"""Other people's programs and libraries that judge ours; never needed to use tipcase.

On a machine without one, the tests that ask for it are skipped by its name. Under CI=true they
fail instead, so that nothing is left untested in silence.
"""

from __future__ import annotations

import importlib
import os
import shutil
from pathlib import Path
from typing import Any, NoReturn

import pytest


def require(program: str) -> str:
    """The path of a program, such as `age` or `ssh-keygen`."""
    return shutil.which(program) or _missing(f"program {program}")


def require_module(name: str) -> Any:
    """A Python library that only tests use, such as `pyrage`."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return _missing(f"Python library {name}")


def require_folder(variable: str, what: str) -> Path:
    """A folder that is named by an environment variable, such as TIPCASE_CCTV."""
    folder = os.environ.get(variable, "")
    if folder and Path(folder).is_dir():
        return Path(folder)
    return _missing(f"{what} (a folder, in {variable})")


def _missing(what: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"oracle missing: {what}", pytrace=False)
    pytest.skip(f"oracle missing: {what}")
