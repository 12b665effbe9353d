"""The stages of an edition, their order, and the phases that they stand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tipcase.law.findings import Text
from tipcase.law.source import Source, mapping, text_list

# Two digits begin the name of a record's file.
_HIGHEST = 99


@dataclass(frozen=True)
class Stage:
    """One of the ten steps; ``phases`` maps a framework to the phase the stage stands in.

    ``number`` is its files' number and says nothing of its order: a stage that an office adds
    stands ``after`` another, and nothing is renumbered. ``Edition.position`` gives the order.
    """

    name: str
    number: int
    label: Text
    provisions: tuple[str, ...]
    phases: Mapping[str, str | None]
    after: str | None = None


@dataclass(frozen=True)
class Phase:
    """A phase of a framework such as Directive 009."""

    name: str
    label: Text
    provisions: tuple[str, ...]


def read_stage(source: Source, entry: dict[str, Any]) -> Stage:
    """One entry of ``stages.yaml``."""
    name, number = entry.get("name"), entry.get("number")
    if not isinstance(name, str) or not isinstance(number, int) or not name:
        raise source.error("stages.yaml", "a stage needs a name and a number", near=["stages"])
    if isinstance(number, bool) or not 1 <= number <= _HIGHEST:
        sentence = f"a stage's number is a whole one from 1 to {_HIGHEST}"
        raise source.error("stages.yaml", sentence, near=[name, "number"])
    return Stage(
        name=name,
        number=number,
        label=Text.of(entry.get("label", name)),
        provisions=text_list(entry.get("provisions")),
        phases=dict(mapping(entry.get("phase"))),
        after=str(entry["after"]) if entry.get("after") is not None else None,
    )


def ordered(source: Source, stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """The stages, each with an ``after`` directly behind the one that it names."""
    names = {stage.name for stage in stages}
    behind: dict[str | None, list[Stage]] = {}
    for stage in stages:
        if stage.after is not None and stage.after not in names:
            raise source.error(
                "stages.yaml",
                f"the stage {stage.name} stands after {stage.after}, which is no stage",
                hint="the stages are " + ", ".join(stage.name for stage in stages),
                near=[stage.name, "after"],
            )
        behind.setdefault(stage.after, []).append(stage)
    waiting = list(reversed(behind.get(None, [])))
    found: list[Stage] = []
    while waiting:
        stage = waiting.pop()
        found.append(stage)
        waiting += reversed(behind.get(stage.name, []))
    lost = [stage for stage in stages if stage not in found]
    if lost:
        circle = ", ".join(stage.name for stage in lost)
        raise source.error(
            "stages.yaml",
            f"stages stand after each other in a circle: {circle}",
            hint="leave out one after:",
            near=[lost[0].name, "after"],
        )
    return tuple(found)
