"""Plays every story of ``tests/scenarios``; ``scenario.py`` describes how they are written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import Ran
from tests.scenario import Player, ScenarioError, parse

STORIES = sorted(Path(__file__).parent.glob("scenarios/*.txt"))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_story(story: Path, tmp_path: Path, cli: Callable[..., Ran]) -> None:
    keys = {"KEYS": str(Path(os.environ["TIPCASE_HOME"], "keys"))}
    Player(tmp_path, cli, keys).play(parse(story.read_text(encoding="utf-8")))


def echo(*args: str, input: str, cwd: Path) -> Ran:
    """Stands in for tipcase: says its words on stdout and its input on stderr; code 3 for `no`."""
    return Ran(3 if args[0] == "no" else 0, f"{' '.join(args)}\n", f"{cwd.name}:{input}")


def play(tmp_path: Path, text: str) -> Player:
    player = Player(tmp_path, echo)
    player.play(parse(text))
    return player


def test_a_story_captures_feeds_and_expects(tmp_path: Path) -> None:
    player = play(
        tmp_path,
        "# a story\n"
        "$ CASE=$(tipcase 'K7 Q2')\n"
        "$ tipcase put $CASE ${CASE}s <<END\n"
        "name: $CASE\n"
        "\n"
        "END\n"
        "> put K7 Q2 K7\n"
        "2> :name: K7 Q2\n"
        "!> other\n"
        "!2> other\n"
        "$ cd sub\n"
        "$ tipcase no\n"
        "[3]\n"
        "2> sub:\n"
        "$ cp a.txt b.txt\n"
        "$ mv a.txt c.txt\n"
        "$ rm c.txt\n"
        "-- sub/a.txt --\n"
        "one\n"
        "\n"
        "two $CASE\n",
    )
    assert player.captured == {"CASE": "K7 Q2"}
    assert [path.name for path in (tmp_path / "sub").iterdir()] == ["b.txt"]
    assert (tmp_path / "sub/b.txt").read_text() == "one\n\ntwo $CASE\n"


@pytest.mark.parametrize(
    "text",
    [
        "$ tipcase no\n",
        "$ tipcase yes\n[3]\n",
        "$ tipcase yes\n> no\n",
        "$ tipcase yes\n!> yes\n",
        "$ tipcase yes\n2> yes\n",
        "$ tipcase yes <<E\nin\nE\n!2> in\n",
    ],
)
def test_what_differs_from_a_story_fails(tmp_path: Path, text: str) -> None:
    with pytest.raises(AssertionError, match="line 1"):
        play(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "> text\n",
        "tipcase list\n",
        "$ tipcase put <<END\nname\n",
        "$ tipcase $NAME\n",
        "$ curl x\n",
    ],
)
def test_what_is_no_story_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScenarioError):
        play(tmp_path, text)
