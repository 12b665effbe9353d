"""One entry of the files that say what is counted: read key by key, each fault with its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from tipcase.law.edition import Edition
from tipcase.law.expressions import Expression, ExpressionError, compiled, condition
from tipcase.law.findings import Text
from tipcase.law.merging import called
from tipcase.law.shapes import Vocabulary
from tipcase.law.source import EditionError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MEANT = 0.6


@dataclass(frozen=True, eq=False)
class Entry:
    """A mapping of an edition's file and the steps that lead to it."""

    edition: Edition
    file: str
    steps: tuple[str | int, ...]
    node: dict[str, Any]

    @classmethod
    def top(cls, edition: Edition, file: str) -> Entry:
        """The whole of a file."""
        return cls(edition, file, (), edition.source.read(file))

    def fault(self, sentence: str, hint: str = "", *, at: str = "") -> EditionError:
        """An error about this entry, or about its key ``at``."""
        steps = (*self.steps, at) if at else self.steps
        return self.edition.source.error_at(self.file, steps, sentence, hint)

    def only(self, *allowed: str) -> None:
        """Refuse every key that means nothing here."""
        for key in self.node:
            if key not in allowed:
                sentence = f"{key} means nothing here"
                raise self.fault(sentence, "what can stand here: " + ", ".join(allowed), at=key)

    @property
    def id(self) -> str:
        """The entry's own id: small letters, digits and _."""
        name = self.node.get("id")
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise self.fault("has no id of small letters, digits and _", "write id: NAME")
        return name

    def words(self, key: str) -> Text:
        """A text in the edition's languages, which must be there."""
        text = Text.of(self.node.get(key))
        khmer = "km" in self.edition.languages
        if not text.en or (khmer and not text.km):
            raise self.fault(f"has no {key} in both languages", f"write {key}: {{en: …, km: …}}")
        return text

    def word(self, key: str, default: str | None = None) -> str:
        """A plain text, or ``default`` where nothing stands."""
        value = self.node.get(key, default)
        if not isinstance(value, str):
            raise self.fault(f"has no plain text under {key}", at=key if key in self.node else "")
        return value

    def one_of(self, key: str, options: Collection[str], default: str | None = None) -> str:
        """A plain text out of ``options``."""
        value = self.word(key, default)
        if value not in options:
            raise self.fault(f"says something unknown for {key}", meant(value, options), at=key)
        return value

    def flag(self, key: str, default: bool) -> bool:
        """Yes or no."""
        value = self.node.get(key, default)
        if not isinstance(value, bool):
            raise self.fault(f"says neither true nor false for {key}", at=key)
        return value

    def under(self, key: str) -> Entry:
        """The mapping under ``key``; an empty one where nothing stands."""
        node = self.node.get(key)
        if node is None:
            node = {}
        if not isinstance(node, dict):
            raise self.fault(f"{key} is no mapping", at=key)
        return Entry(self.edition, self.file, (*self.steps, key), node)

    def entries(self, key: str) -> Iterator[Entry]:
        """The mappings of the list under ``key``."""
        for at, item in enumerate(self.listed(key)):
            if not isinstance(item, dict):
                raise self.fault(f"{key} is no list of mappings", at=key)
            steps = (*self.steps, key, called(item, at))
            yield Entry(self.edition, self.file, steps, item)

    def listed(self, key: str) -> list[Any]:
        """The list under ``key``; an empty one where nothing stands."""
        items = self.node.get(key)
        if items is None:
            return []
        if not isinstance(items, list):
            raise self.fault(f"{key} is no list", at=key)
        return items

    def names(self, key: str) -> tuple[str, ...]:
        """The list of texts under ``key``."""
        items = self.listed(key)
        if not all(isinstance(item, str) for item in items):
            raise self.fault(f"{key} is no list of names", at=key)
        return tuple(items)

    def expression(self, key: str, names: Vocabulary, each: str | None) -> Expression:
        """The compiled expression under ``key``."""
        return self._expression(key, names, each, question=False)

    def condition(self, key: str, names: Vocabulary, each: str | None) -> Expression:
        """The compiled yes-or-no question under ``key``."""
        return self._expression(key, names, each, question=True)

    def _expression(
        self, key: str, names: Vocabulary, each: str | None, *, question: bool
    ) -> Expression:
        source = self.node.get(key)
        if isinstance(source, bool | int):
            source = str(source)
        if not isinstance(source, str):
            raise self.fault(f"has no expression under {key}")
        try:
            return (condition if question else compiled)(source, names, each)
        except ExpressionError as error:
            sentence = f"{key} {error.sentence}"
            near = [*(step for step in self.steps if isinstance(step, str)), f"{key}:", source]
            fault = self.edition.source.error(
                self.file, sentence, hint=error.hint, near=near, offset=error.at
            )
            raise (fault if fault.line else self.fault(sentence, error.hint, at=key)) from None


def meant(name: str, names: Collection[str]) -> str:
    """A hint: the name that was probably meant, else all of them."""
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(names), 1, _MEANT)
    return f"did you mean {close[0]}?" if close else "one of " + ", ".join(names)


__all__ = ["Entry", "meant"]
