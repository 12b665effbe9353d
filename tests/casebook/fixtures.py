"""Fixtures that several folders take: a small casebook, made once, and a copy for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.casebook import world as worlds
from tests.casebook.world import World


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("template")
    return worlds.make(folder / "book", folder / "machine")


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    """A fresh copy of the book on x25519 keys."""
    return worlds.copy(template, tmp_path)
