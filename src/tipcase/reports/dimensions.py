"""What tables are broken down by: how the code of a case or an event is found, and the categories.

A case stands in one category of a dimension and in no other: where a fact has several values it is
``several``. What nobody wrote down is ``missing``, what was asked and is not known ``unknown``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tipcase.law.expressions import Expression
from tipcase.law.findings import Text
from tipcase.law.kleene import UNKNOWN, is_honest, is_missing
from tipcase.law.source import mapping
from tipcase.reports import ages
from tipcase.reports.entry import Entry, meant
from tipcase.reports.facts import Fact, FactsDefinition
from tipcase.reports.tables import MISSING, Category, Dimension
from tipcase.reports.tables import UNKNOWN as ASKED

NOT_APPLICABLE, SEVERAL, OTHER = "not-applicable", "several", "other"
# Categories that stand after all others, and only where they occur.
_EXTRA = (OTHER, SEVERAL, NOT_APPLICABLE, ASKED, MISSING)
_KEYS = ("id", "label", "of", "like", "built", "at", "years", "bands", "labels", "shown",
         "categories")  # fmt: skip
_PATH = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+-]{0,39}")
_KEPT = {"total", *_EXTRA}
_WORD = re.compile(r"[a-z][a-z0-9_]*")
# What expressions call by another name than the fact that it comes from.
_BEHIND = {"child_on": "birth", "adult_on": "birth", "age_uncertain": "birth"}
_YES, _NO = "yes", "no"
# Facts that code needs for a dimension, beside those that it names.
_AGES = {"age-band": ("birth",), "group": ("birth", "sex")}

Code = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, eq=False)
class DimensionDefinition:
    """A dimension of a table: its known categories, and how an item's code is found.

    ``labels`` gives the categories' names by their codes, where they are asked for.
    ``present`` shows only the categories that occur; ``closed`` is whether all codes are known;
    ``needs`` are the ids of the facts that it looks at.
    """

    id: str
    label: Text
    labels: Callable[[], Mapping[str, Text]] = field(repr=False)
    code: Code = field(repr=False)
    present: bool = False
    closed: bool = True
    extra: Mapping[str, Text] = field(default_factory=dict, repr=False)
    needs: frozenset[str] = frozenset()

    @cached_property
    def categories(self) -> tuple[Category, ...]:
        """The categories that are known beforehand."""
        return tuple(Category(code, label) for code, label in self.labels().items())

    def shown(self, codes: Collection[str]) -> Dimension:
        """The dimension of a table in which these codes occur."""
        kept = [one for one in self.categories if not self.present or one.code in codes]
        known = {one.code for one in self.categories}
        kept += [Category(c, Text(c, c)) for c in sorted({*codes} - known - {*_EXTRA})]
        kept += [Category(c, self.extra[c]) for c in _EXTRA if c in codes and c not in known]
        return Dimension(self.id, self.label, tuple(kept))

    def has(self, code: str) -> bool:
        """Whether the code can occur, as far as is known beforehand."""
        return code in _EXTRA or any(one.code == code for one in self.categories)


def _code_of(value: Any) -> str:
    """The code under which a value counts."""
    if isinstance(value, str):
        return value
    if is_missing(value):
        return MISSING
    if isinstance(value, bool):
        return _YES if value else _NO
    if is_honest(value):
        return NOT_APPLICABLE if value["unknown"] == NOT_APPLICABLE else ASKED
    if isinstance(value, list):
        codes = {_code_of(one) for one in value}
        return MISSING if not codes else codes.pop() if len(codes) == 1 else SEVERAL
    return MISSING


class DimensionReader:
    """Reads dimensions for the tables that count one kind of thing; ``each`` is None for cases."""

    def __init__(self, definition: FactsDefinition, each: str | None) -> None:
        self.definition, self.each = definition, each
        top = Entry.top(definition.edition, "facts.yaml")
        self._words = top.under("words")
        self._shared = {entry.id: entry for entry in top.entries("dimensions")}
        self._extra = {code: self._word(code) for code in _EXTRA}

    def _word(self, code: str) -> Text:
        found = Text.of(self._words.node.get(code))
        return found if found.en else Text(code)

    def named(self, name: str, at: Entry) -> DimensionDefinition:
        """A dimension of ``facts.yaml`` by its id; ``at`` is the table that takes it."""
        if name not in self._shared:
            sentence = f"there is no dimension {name}"
            raise at.fault(sentence, meant(name, self._shared), at="dimensions")
        return self.read(self._shared[name])

    def read(self, entry: Entry) -> DimensionDefinition:
        """One dimension."""
        entry.only(*_KEYS)
        ways = [key for key in ("of", "built", "categories") if key in entry.node]
        if len(ways) != 1:
            hint = "write of:, built: or categories:"
            raise entry.fault(
                f"the dimension {entry.id} says in no way, or in two, what it is", hint
            )
        if ways == ["of"]:
            return self._of(entry)
        return self._built(entry) if ways == ["built"] else self._classes(entry)

    def _of(self, entry: Entry) -> DimensionDefinition:
        source = entry.word("of")
        expression = entry.expression("of", self.definition.vocabulary, self.each)
        fact = self._fact(entry.word("like") if "like" in entry.node else self._whole(source))
        if fact is None or fact.kind in ("date", "number", "birth", "events", "numbers"):
            hint = "name a fact of codes, or write like: FACT or FACT.FIELD"
            raise entry.fault(f"the dimension {entry.id} has no codes to be broken down by", hint)

        def labels() -> Mapping[str, Text]:
            if fact.kind == "yes-no":
                return {_YES: self._word(_YES), _NO: self._word(_NO)}
            return fact.values or (self._countries() if fact.kind == "country" else {})

        shown = entry.one_of("shown", ("all", "present"), "all" if fact.closed else "present")
        own = "label" in entry.node or fact.label == Text(fact.id)
        label = entry.words("label") if own else fact.label
        return DimensionDefinition(
            entry.id, label, labels, _read(expression),
            shown == "present", fact.closed, self._extra, needed([source], self.definition),
        )  # fmt: skip

    def _countries(self) -> Mapping[str, Text]:
        """As they are called on sheets; any other code stands as it is."""
        words = mapping(self.definition.edition.forms_data.get("words"))
        named = mapping(words.get("countries"))
        return {str(code): Text.of(label) for code, label in named.items()}

    def _whole(self, source: str) -> str:
        name, _, inner = source.partition(".")
        return f"{self.each}.{inner}" if name == "this" and self.each else source

    def _fact(self, path: str) -> Fact | None:
        return self.definition.at(path) if _PATH.fullmatch(path) else None

    def _built(self, entry: Entry) -> DimensionDefinition:
        kind = entry.one_of("built", _AGES)
        group = kind == "group"
        bands = () if group else self._bands(entry)
        labels = entry.under("labels")
        codes = {one: Text(one.replace("-", "–"), one.replace("-", "–"))
                 for one in (ages.codes_of(bands) if bands else ())}  # fmt: skip
        for code in ages.GROUPS if group else (ages.CHILD, ages.ADULT):
            codes[code] = labels.words(code)
        sources = [str(entry.node[key]) for key in ("at", "years") if key in entry.node]
        return DimensionDefinition(
            entry.id, entry.words("label"), lambda: codes, self._age(entry, bands),
            extra=self._extra, needs=needed([*sources, *_AGES[kind]], self.definition),
        )  # fmt: skip

    def _age(self, entry: Entry, bands: tuple[int, ...]) -> Code:
        """In which band somebody is on a day; in which group, where there are no bands."""
        names = self.definition.vocabulary
        day = value_of(entry.expression("at", names, self.each))
        known = "years" in entry.node
        years = value_of(entry.expression("years", names, self.each)) if known else None

        def code(env: Mapping[str, Any]) -> str:
            told = years(env) if years else None
            birth, on = env.get("birth"), day(env)
            if bands:
                return ages.band_of(birth, on, bands, told)
            return ages.group_of(env.get("sex"), birth, on, told)

        return code

    def _bands(self, entry: Entry) -> tuple[int, ...]:
        bands = entry.listed("bands")
        whole_numbers = all(isinstance(one, int) and not isinstance(one, bool) for one in bands)
        if not bands or not whole_numbers or sorted(set(bands)) != bands or bands[0] != 0:
            hint = "write the first age of each: bands: [0, 12, 15, 18]"
            raise entry.fault("bands are ages that rise from 0", hint, at="bands")
        return tuple(bands)

    def _classes(self, entry: Entry) -> DimensionDefinition:
        classes: list[tuple[str, Expression]] = []
        labels: dict[str, Text] = {}
        sources = []
        for one in entry.entries("categories"):
            one.only("code", "label", "when")
            code = one.word("code")
            if _CODE.fullmatch(code) is None or code in _KEPT or code in labels:
                hint = "letters and digits, and none of " + ", ".join(sorted(_KEPT))
                raise one.fault("a category needs a code of its own", hint)
            labels[code] = one.words("label")
            classes.append((code, one.condition("when", self.definition.vocabulary, self.each)))
            sources.append(str(one.node["when"]))
        return DimensionDefinition(
            entry.id, entry.words("label"), lambda: labels, _first(classes),
            extra=self._extra, needs=needed(sources, self.definition),
        )  # fmt: skip


def needed(sources: Iterable[str], definition: FactsDefinition) -> frozenset[str]:
    """The ids of the facts that expressions name."""
    words = {word for source in sources for word in _WORD.findall(source)}
    words |= {_BEHIND[word] for word in words & _BEHIND.keys()}
    return frozenset(words & definition.facts.keys())


def value_of(expression: Expression) -> Callable[[Mapping[str, Any]], Any]:
    """What an expression gives: at once where it is but a name, or a field of ``this``."""
    if _PATH.fullmatch(expression.source) is None:
        return expression.evaluate
    name, _, inner = expression.source.partition(".")
    if not inner:
        return lambda env: env.get(name)

    def field_of(env: Mapping[str, Any]) -> Any:
        of = env.get(name)
        return of.get(inner) if isinstance(of, dict) else None

    return field_of


def _read(expression: Expression) -> Code:
    value = value_of(expression)
    return lambda env: _code_of(value(env))


def _first(classes: list[tuple[str, Expression]]) -> Code:
    """The first class that certainly holds; missing where none does and one may."""

    def code(env: Mapping[str, Any]) -> str:
        doubtful = False
        for name, when in classes:
            holds = when.truth(env)
            if holds is True:
                return name
            doubtful = doubtful or holds is UNKNOWN
        return MISSING if doubtful else OTHER

    return code


__all__ = ["DimensionDefinition", "DimensionReader", "needed", "value_of"]
