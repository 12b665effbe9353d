"""Fixtures: a small casebook, made once and copied for every test that attacks it."""

from __future__ import annotations

import os
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


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Syncing takes most of a test's time and shows nothing here: no test pulls the plug."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
