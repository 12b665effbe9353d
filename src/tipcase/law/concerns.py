"""What stands beside the criteria and duties: concerns for safety, and what is open or was heard.

All of it is data of ``closure.yaml``: a condition over the case, or over each record of a type. A
concern is raised only where a field says so, never guessed from what somebody wrote; and none may
look at a restricted record, since concerns stand in a list of cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tipcase.law import dates
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition
from tipcase.law.entries import Reader
from tipcase.law.expressions import Expression, ExpressionError
from tipcase.law.findings import Text
from tipcase.law.shapes import Shape, Vocabulary
from tipcase.law.source import text_list

CONCERNS, OPEN, HEARD, DOCUMENTATION = "concerns", "open", "heard", "documentation"
KEYS = {"id", "each", "when", "provisions", "ours", "label", "hint"}
_HEARD_KEYS = {"id", "each", "when"}
# Each on file once more: a record of a type, or the case as a whole, which has no name of its own.
_CASE = Record("", None, {})


@dataclass(frozen=True, eq=False)
class Watched:
    """A condition that is looked for: in the whole case, or in ``each`` record of a type."""

    id: str
    each: str | None
    when: Expression
    provisions: tuple[str, ...]
    ours: bool
    label: Text
    next: Text


@dataclass(frozen=True, eq=False)
class Watch:
    """What an edition looks for beside criteria and duties, each in its order.

    ``documentation`` are the beginnings of provisions whose duties are about the file itself.
    """

    concerns: tuple[Watched, ...] = ()
    open: tuple[Watched, ...] = ()
    heard: tuple[Watched, ...] = ()
    documentation: tuple[str, ...] = ()

    def documents(self, provisions: Iterable[str]) -> bool:
        """Whether a duty with these provisions is one of documentation."""
        first = next(iter(provisions), "")
        return any(first == one or first.startswith(f"{one}.") for one in self.documentation)


# Of an edition that looks for nothing.
NOTHING = Watch()


@dataclass(frozen=True)
class Raised:
    """A condition that holds: of which record, if of one, and on which days that happened."""

    id: str
    record: str
    days: dates.Interval | None
    provision: str
    ours: bool
    label: Text
    next: Text

    def as_json(self, lang: str = "en") -> dict[str, Any]:
        """The plain data that scripts rely on."""
        return {
            "id": self.id,
            "record": self.record or None,
            **(self.days.as_json() if self.days else {"from": None, "to": None}),
            "provision": self.provision,
            "ours": self.ours,
            "label": self.label.get(lang),
            "next": self.next.get(lang),
        }


def load_watch(reader: Reader) -> Watch:
    """What ``closure.yaml`` looks for; ``EditionError`` where a condition cannot be right."""
    names = _without_restricted(reader.edition)
    return Watch(
        concerns=_listed(reader, CONCERNS, names),
        open=_listed(reader, OPEN, names),
        heard=_listed(reader, HEARD, names),
        documentation=text_list(reader.content.get(DOCUMENTATION)),
    )


def raised(
    watched: Iterable[Watched], dossier: Dossier, facts: Mapping[str, Any]
) -> tuple[Raised, ...]:
    """What holds by the facts, in the edition's order and then as it happened."""
    return tuple(found for one in watched for found in _raised(one, dossier, facts))


def _raised(one: Watched, dossier: Dossier, facts: Mapping[str, Any]) -> Iterator[Raised]:
    for record in dossier.all(one.each) if one.each else (_CASE,):
        here = {**facts, "this": record.data} if one.each else facts
        # Where the facts do not say, nothing is raised: it would be a guess.
        if one.when.truth(here) is not True:
            continue
        days = dates.interval(record.data.get("happened_on"))
        provision = one.provisions[0] if one.provisions else ""
        name = record.name if one.each else ""
        yield Raised(one.id, name, days, provision, one.ours, one.label, one.next)


def _listed(reader: Reader, key: str, names: Vocabulary) -> tuple[Watched, ...]:
    allowed = _HEARD_KEYS if key == HEARD else KEYS
    return tuple(_watched(reader, key, entry, names) for entry in reader.entries(key, allowed))


def _watched(reader: Reader, key: str, entry: Mapping[str, Any], names: Vocabulary) -> Watched:
    each = entry.get("each")
    if each is not None and each not in names.record_types:
        raise reader.error(entry, "asks each record of a type that is not there")
    if each is not None and reader.edition.record_type(each).restricted:
        raise reader.error(entry, "is about a restricted record, which no list may show")
    if key == HEARD and each is None:
        raise reader.error(entry, "names no record whose day would tell", "write each: TYPE")
    label = Text.of(entry.get("label"))
    khmer = "km" in reader.edition.languages
    if key != HEARD and (not label.en or (khmer and not label.km)):
        raise reader.error(entry, "has no label in both languages", "write label: {en, km}")
    return Watched(
        id=entry["id"],
        each=each,
        when=reader.condition(entry, "when", each, names),
        provisions=text_list(entry.get("provisions")),
        ours=entry.get("ours") is True,
        label=label,
        next=Text.of(entry.get("hint")),
    )


def _without_restricted(edition: Edition) -> Vocabulary:
    # Asked of the types that are named only, so that no others are read.
    def shape_of(name: str) -> Shape:
        if edition.record_type(name).restricted:
            raise ExpressionError(
                f"looks at {name}, a restricted record, which no list may show",
                "leave it out: a concern may stand in a list of cases",
            )
        return edition.vocabulary.shape_of(name)

    return replace(edition.vocabulary, shape_of=shape_of, expressions={})


__all__ = ["NOTHING", "Raised", "Watch", "Watched", "load_watch", "raised"]
