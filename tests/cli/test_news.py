"""What everybody hears once: the recovery seed was used, somebody's keys were replaced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Office
from tests.cli.test_sync import Laptops

TOLD = "the keys of cw2 were replaced by cw1"


def new_card(office: Office, folder: Path) -> Path:
    keys = ("keygen", "--handle", "cw2", "--no-passphrase", "--keys", "x25519")
    assert office.run(*keys, env={"TIPCASE_HOME": str(folder)}).code == 0
    return folder / "keys" / "cw2.card.yaml"


def test_replaced_keys_are_told_once_to_everybody(
    office: Office, second_person: Callable[..., Path], tmp_path: Path
) -> None:
    theirs = {"TIPCASE_HOME": str(second_person("cw2"))}
    assert office.run("list", env=theirs).code == 0
    office.done("staff", "keys", new_card(office, tmp_path / "anew"))
    told = office.run("list", env=theirs)
    assert told.code == 0 and f"warning: {TOLD}" in told.stderr
    assert TOLD not in office.run("list", env=theirs).stderr
    assert TOLD not in office.run("list").stderr


@pytest.mark.soak
def test_sync_tells_it_too(
    office: Office, second_person: Callable[..., Path], tmp_path: Path
) -> None:
    laptops = Laptops(office, second_person)
    assert laptops.first("staff", "keys", new_card(office, tmp_path / "anew")).code == 0
    assert laptops.first("sync").code == 0
    told = laptops.other("sync", "--json")
    assert TOLD in told.stderr and TOLD in told.stdout
    assert TOLD not in laptops.other("sync").stderr
