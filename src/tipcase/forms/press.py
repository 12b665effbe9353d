"""What printing needs of an edition, read once: its forms, words, sets and how consents are read.

An edition does not change after it was loaded, and a hundred sheets are of the same few forms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tipcase.errors import NotFoundError
from tipcase.forms import definition, fields, sharing
from tipcase.forms.definition import Form, FormsError, Shared
from tipcase.forms.fields import Field
from tipcase.forms.language import Label, Language, language
from tipcase.forms.sharing import Sharing

if TYPE_CHECKING:
    from tipcase.law.edition import Edition

_CODE = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", re.ASCII)
# The sentence that a form is not the ministry's, and how a plain sheet says it.
_SENTENCE, _UNNAMED = "not_official", "not_official_plain"
_KEPT: WeakKeyDictionary[Edition, Press] = WeakKeyDictionary()


def of(edition: Edition) -> Press:
    """What was read of an edition so far."""
    if edition not in _KEPT:
        _KEPT[edition] = Press(edition.forms_data)
    return _KEPT[edition]


class Press:
    """The forms of one edition; it holds no reference to the edition itself."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._records: dict[str, Field] = {}
        self._forms: dict[str, Form] = {}
        self._languages: dict[str, Language] = {}
        self._words: dict[tuple[str, bool], dict[str, Label]] = {}
        self._sharing: list[Sharing | None] = []

    def expand(self, asked: Sequence[str]) -> tuple[str, ...]:
        """The forms that codes and names of sets stand for."""
        forms, sets = self._data.get("forms", {}), self._data.get("sets") or {}
        found: list[str] = []
        for word in asked:
            if word in sets:
                lost = [code for code in sets[word] if code not in forms]
                if lost:
                    raise FormsError(f"forms.yaml, sets: {word} names no form {lost[0]}")
                found += sets[word]
            elif word in forms:
                found.append(word)
            else:
                raise self._unknown()
        return tuple(dict.fromkeys(found))

    def form(self, edition: Edition, code: str) -> Form:
        """One form as data; a form that is ``like`` another has all that it does not say itself."""
        if code not in self._forms:
            forms = self._data.get("forms", {})
            # It becomes a part of names of files.
            if code in forms and not _CODE.fullmatch(code):
                raise FormsError("forms.yaml, forms: a code has letters, digits and hyphens alone")
            if code not in forms:
                raise self._unknown()
            data = dict(forms[code])
            other = data.pop("like", None)
            if other is not None:
                if other not in forms or "like" in forms[other]:
                    raise FormsError(f"forms.yaml, form {code}: there is no form to be like")
                data = {**forms[other], **data}
            self._forms[code] = definition.form(
                code, data, lambda name: self._record(edition, name), self._shared(edition)
            )
        return self._forms[code]

    def language(self, lang: str) -> Language:
        """The words of a language."""
        if lang not in self._languages:
            self._languages[lang] = language(lang, self._data["words"])
        return self._languages[lang]

    def words(self, lang: str, *, plain: bool = False) -> Mapping[str, Label]:
        """The fixed words around a sheet, by name; a plain one does not name the law it is by."""
        if (lang, plain) not in self._words:
            spoken = self.language(lang)
            words = {name: spoken.word("page", name) for name in spoken.words["page"]}
            if plain and _UNNAMED in words:
                words[_SENTENCE] = words[_UNNAMED]
            self._words[lang, plain] = words
        return self._words[lang, plain]

    def sharing(self, edition: Edition) -> Sharing | None:
        """How consents are read; None where the edition does not say."""
        if not self._sharing:
            data = self._data.get("sharing")
            self._sharing.append(self._read_sharing(edition, data) if data else None)
        return self._sharing[0]

    def _read_sharing(self, edition: Edition, data: Mapping[str, Any]) -> Sharing:
        try:
            record = self._record(edition, data["record"])
        except LookupError:
            raise FormsError("forms.yaml, sharing: no such record type") from None
        found = sharing.read(data, record)
        named = [(kind, path) for kind, path, _ in found.ended]
        if found.outgrown is not None:
            named.append(found.outgrown[1])
        for kind, path in named:
            if kind not in edition.record_types or self._record(edition, kind).at(path) is None:
                raise FormsError(f"forms.yaml, sharing: there is no field {kind}.{path}")
        lost = sorted(found.unsigned - set(self._data.get("slots") or ()))
        if lost:
            raise FormsError(f"forms.yaml, sharing: no slot {lost[0]} is declared")
        for kind, path, value in found.ended:
            field = self._record(edition, kind).at(path)
            if field is not None and value not in field.values:
                raise FormsError(f"forms.yaml, sharing: {kind}.{path} has no such value")
        return found

    def _shared(self, edition: Edition) -> Shared:
        words = self._data.get("words", {})
        slots, boxes = self._data.get("slots") or {}, words.get("boxes") or {}
        consents = self.sharing(edition)
        if consents is None:
            return Shared(slots, boxes)
        record = self._record(edition, consents.record)
        kinds, subjects = record.at(consents.kinds), record.at(consents.subject)
        assert kinds is not None and subjects is not None
        return Shared(slots, boxes, frozenset(kinds.values), frozenset(subjects.values))

    def _record(self, edition: Edition, name: str) -> Field:
        if name not in self._records:
            if name not in edition.record_types:
                raise LookupError(name)
            self._records[name] = fields.of_record(edition.record_type(name))
        return self._records[name]

    def _unknown(self) -> NotFoundError:
        forms, sets = self._data.get("forms", {}), self._data.get("sets") or {}
        named = ", ".join(dict.fromkeys([*forms, *sets]))
        return NotFoundError("there is no such form", f"the forms are {named}")


def phase(edition: Edition, form: Form, spoken: Language) -> Label:
    """The name of the phase that a form belongs to."""
    named = [fields.words(phase.label) for phase in edition.phases if phase.name == form.phase]
    return spoken.label(named[0]) if named else ()


def stages(form: Form) -> frozenset[str]:
    """The record types of which one makes a form worth printing."""
    if form.stages:
        return frozenset(form.stages)
    if form.about is not None:
        return frozenset({form.about})
    lines = [line for section in form.sections for line in section.lines]
    shown = [field for line in lines for field in (line.field, line.photo, *line.log)]
    return frozenset(field.record for field in shown if field is not None)
