"""Cases that were never written: a dossier and as much of a journal as facts are taken from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

from tipcase import law, resources
from tipcase.casebook.case import Case
from tipcase.journal.closings import Closing
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition
from tipcase.reports.collecting import collect
from tipcase.reports.facts import FactsDefinition

OPENED = "2026-01-05"


@cache
def edition() -> Edition:
    return law.load(resources.path("schemas") / "kh-2009")


@cache
def definition() -> FactsDefinition:
    return FactsDefinition.of(edition())


def record(kind: str, data: Mapping[str, Any], tag: str | None = None) -> Record:
    return Record(kind, tag, dict(data))


def dossier(*records: Record, stage: str = "identification") -> Dossier:
    return Dossier(case="CASE-0001", opened=OPENED, stage=stage, records=records)


def moved(op: str, time: str, stage: str, ident: str = "") -> SimpleNamespace:
    """An entry that moves the case to a stage."""
    entry = SimpleNamespace(op=op, time=f"{time}T09:00:00Z", data={"stage": stage}, files=())
    return SimpleNamespace(id=ident, entry=entry)


def case(
    closings: Iterable[Closing] = (),
    entries: Sequence[Any] = (),
    *,
    opened: str = OPENED,
    past: Mapping[str, frozenset[str]] | None = None,
    stage: str = "identification",
) -> Case:
    """A case that has a fold and nothing else."""
    fold = SimpleNamespace(
        opened=opened,
        closings=tuple(closings),
        entries=tuple(entries) or (moved("new", opened, stage),),
        past=past or {},
        stage=stage,
        team={"cw1": False, "cw2": True, "recovery": True},
        gone=frozenset({"cw2"}),
    )
    return cast(Case, SimpleNamespace(fold=fold, id="CASE-0001"))


def facts_of(*records: Record, **about: Any) -> dict[str, Any]:
    """What is collected of a case with these records."""
    return collect(case(**about), dossier(*records), definition())
