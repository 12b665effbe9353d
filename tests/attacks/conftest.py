"""A casebook to attack, made once; every test gets a copy of its own."""

from __future__ import annotations

import pytest

from tests.casebook import world as worlds
from tests.casebook.fixtures import world
from tests.casebook.world import World
from tipcase.casebook import team

__all__ = ["template", "world"]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The book of ``world``, with cw2 on the team of its case without the restricted key."""
    folder = tmp_path_factory.mktemp("attacks")
    made = worlds.make(folder / "book", folder / "machine")
    team.grant(made.book(), made.case_id, ["cw2"], made.cw1, worlds.TIME)
    return made
