"""Fixtures: a small casebook, made once and copied for every test that attacks it."""

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


@pytest.fixture(params=["small", pytest.param("full", marks=pytest.mark.soak)])
def any_world(request: pytest.FixtureRequest, world: World) -> World:
    """The book as it is, and in soak one that has files of every kind."""
    return worlds.fill(world) if request.param == "full" else world
