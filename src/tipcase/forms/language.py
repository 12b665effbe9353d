"""The languages of a sheet: which words stand on it, in which order, in which digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tipcase.errors import UsageError
from tipcase.forms.fields import Words
from tipcase.forms.khmer import Calendar

# What a person may ask for, and the languages then printed, the first one leading.
LANGUAGES: Mapping[str, tuple[str, ...]] = {"en": ("en",), "km": ("km",), "both": ("km", "en")}

# One text in each language of the sheet: (language, text).
Label = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Language:
    """The words of an edition's ``forms.yaml`` in the languages of one sheet."""

    codes: tuple[str, ...]
    words: Mapping[str, Any]
    calendars: Mapping[str, Calendar]
    # Labels by the identity of their words, which are kept along so that it stays theirs: an
    # edition's words are the same few hundred on every sheet.
    _labels: dict[int, tuple[Words, Label]] = field(default_factory=dict, compare=False, repr=False)

    def label(self, words: Words) -> Label:
        """The words in the sheet's languages.

        A language without words of its own borrows the other's rather than stay silent.
        """
        kept = self._labels.get(id(words))
        if kept is not None and kept[0] is words:
            return kept[1]
        label = self.chosen(words)
        self._labels[id(words)] = words, label
        return label

    def chosen(self, words: Words) -> Label:
        """The same for words that are not the edition's, which are not kept."""
        chosen = [(code, words.get(code, "")) for code in self.codes]
        present = tuple((code, text) for code, text in chosen if text)
        return present or tuple((code, text) for code, text in words.items() if code in LANGUAGES)

    def word(self, name: str, entry: str = "") -> Label:
        """One of the engine's own words, or an entry of a group of them."""
        found = self.words[name]
        return self.label(found[entry] if entry else found)

    def date(self, text: str, *, short: bool = False) -> Label | None:
        """A date in words; None when the text is no date."""
        written = [(code, self.calendars[code].write(text, short=short)) for code in self.codes]
        return tuple((code, words) for code, words in written if words is not None) or None

    def gaps(self) -> tuple[Label, ...]:
        """The words before the three gaps of a date to be written by hand."""
        named = [[(code, word) for word in self.calendars[code].blank()] for code in self.codes]
        return tuple(zip(*named, strict=True))

    def number(self, text: str) -> str:
        """A figure in the digits of the sheet's leading language."""
        return self.calendars[self.codes[0]].number(text)


def language(lang: str, words: Mapping[str, Any]) -> Language:
    """The language a person asked for: en, km or both.

    ``words`` is the part of ``forms.yaml`` that holds the engine's own words and the months.
    """
    if lang not in LANGUAGES:
        raise UsageError("there is no such language of forms", "one of en, km, both")
    calendars = {
        code: Calendar(
            tuple(data["months"]),
            data["full"],
            data["short"],
            # Where the words around a written date are enough, they stand before the gaps too.
            data.get("blank", data["full"]),
            data["digits"] == "khmer",
        )
        for code, data in words["dates"].items()
    }
    return Language(LANGUAGES[lang], words, calendars)
