"""Fixtures: a small casebook, made once and copied for every test that attacks it."""

from __future__ import annotations

import pytest

from tests.casebook import world as worlds
from tests.casebook.fixtures import template, world
from tests.casebook.world import World

__all__ = ["any_world", "template", "world"]


@pytest.fixture(params=["small", pytest.param("full", marks=pytest.mark.soak)])
def any_world(request: pytest.FixtureRequest, world: World) -> World:
    """The book as it is, and in soak one that has files of every kind."""
    return worlds.fill(world) if request.param == "full" else world
