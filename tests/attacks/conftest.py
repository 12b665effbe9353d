"""A casebook to attack, made once; every test gets a copy of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.casebook import world as worlds
from tests.casebook.world import World
from tipcase.casebook import team


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The book of ``world``, with cw2 on the team of its case without the restricted key."""
    folder = tmp_path_factory.mktemp("attacks")
    world = worlds.make(folder / "book", folder / "machine")
    team.grant(world.book(), world.case_id, ["cw2"], world.cw1, worlds.TIME)
    return world


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return worlds.copy(template, tmp_path)
