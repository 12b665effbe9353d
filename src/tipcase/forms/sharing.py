"""What a person has agreed to share: does a consent cover a kind of information, for whom, today.

Which record is a consent and what its fields mean is data (``sharing`` in ``forms.yaml``). Only
what is certain counts. An unknown answer, a field that two people wrote differently, a term or a
withdrawal whose day is known in part: each is read so that less is shared, never more. The one
unknown that says nothing against sharing is *does not apply*.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from tipcase.forms import disputes
from tipcase.forms.definition import FormsError
from tipcase.forms.fields import Field
from tipcase.forms.text import clean
from tipcase.forms.values import is_unknown, lookup
from tipcase.law import dates

if TYPE_CHECKING:
    from tipcase.law.dossier import Dossier, Record

_KEYS = {
    "record", "asked", "answer", "withdrawn", "until", "with", "kinds", "subject", "unless",
    "outgrown", "ended", "unsigned", "photo",
}  # fmt: skip
_NONE = "not-applicable"


@dataclass(frozen=True)
class Sharing:
    """How an edition's consents are read; the names are paths of fields of ``record``.

    ``covers`` gives the kinds of information by the subject of a consent; ``own`` are subjects that
    cover their one kind without naming it. ``unless`` are combinations of values that make a
    consent worth nothing; ``outgrown`` is an age, where the birth stands (record and path), and a
    field with the values whose consents are worth nothing from that age on. ``ended`` are record
    types, paths and values: one record that says so, and no consent holds any more, nor is there
    a place to sign for those of ``unsigned``. ``photo`` is subject, kind of information and purpose
    of a picture.
    """

    record: str
    asked: str
    answer: str
    given: str
    refused: str
    withdrawn: str
    until: str
    receivers: str
    kinds: str
    subject: str
    covers: Mapping[str, frozenset[str]]
    own: frozenset[str]
    unless: tuple[Mapping[str, Any], ...]
    photo: tuple[str, str, str]
    outgrown: tuple[int, tuple[str, str], tuple[str, frozenset[str]]] | None = None
    ended: tuple[tuple[str, str, str], ...] = ()
    unsigned: frozenset[str] = frozenset()

    def kinds_shared(
        self, dossier: Dossier, day: date, *, to: str | None, anybody: bool = False
    ) -> frozenset[str]:
        """The kinds of information that may go to the receiver on a day.

        ``to`` is the receiver by name; None is nobody, unless ``anybody`` may have the sheet.
        """
        if to is None and not anybody:
            return frozenset()
        named = None if to is None else _name(to)
        if named == "":
            return frozenset()
        return frozenset(
            kind
            for subject, kinds in self.covers.items()
            for kind in kinds
            if self._shared(dossier, day, subject, kind, named)
        )

    def holds(self, dossier: Dossier, day: date, subject: str) -> bool:
        """Whether a consent about a subject is in force on a day, whoever it names."""
        return self._shared(dossier, day, subject, None, None)

    def _shared(
        self, dossier: Dossier, day: date, subject: str, kind: str | None, to: str | None
    ) -> bool:
        if self.over(dossier):
            return False
        about = [
            record
            for record in dossier.all(self.record)
            # Of a consent whose subject is disputed nobody knows what it is about.
            if disputes.of(record, self.subject) or lookup(record.data, self.subject) == subject
        ]
        noes = [no for r in about for no in self._noes(r, day) if self._means(r, subject, kind, to)]
        return any(
            all(dates.before(no, lookup(consent.data, self.asked)) is True for no in noes)
            for consent in about
            if self._in_force(consent, day)
            and not self._outgrown(dossier, consent, day)
            and self._names(consent, subject, kind, to)
        )

    def _in_force(self, record: Record, day: date) -> bool:
        """Whether a consent was certainly given, and certainly still stands."""
        data = record.data
        if any(disputes.of(record, path) for path in self._basis()):
            return False
        if lookup(data, self.answer) != self.given:
            return False
        asked = dates.interval(lookup(data, self.asked))
        until = lookup(data, self.until)
        ends = dates.interval(until)
        return (
            (asked is None or asked.earliest <= day)
            and (_nothing(until) or (ends is not None and day <= ends.earliest))
            # Also one that was taken back before it was asked: somebody wrote a wrong day.
            and not any(True for _ in self._noes(record, day))
        )

    def over(self, dossier: Dossier) -> bool:
        """Whether a record says that every consent has ended."""
        return any(
            lookup(record.data, path) == value or disputes.of(record, path)
            for kind, path, value in self.ended
            for record in dossier.all(kind)
        )

    def _outgrown(self, dossier: Dossier, consent: Record, day: date) -> bool:
        """Whether it is not known who answered, or somebody did for who is certainly grown up."""
        if self.outgrown is None:
            return False
        age, (kind, path), (field, values) = self.outgrown
        by = lookup(consent.data, field)
        if not isinstance(by, str) or by not in values:
            # An honest unknown: nobody knows whose word it is.
            return is_unknown(by)
        person = dossier.single(kind)
        readings = dates.birth_intervals(lookup(person.data, path)) if person is not None else None
        ages = [dates.age_on(one.latest, day) for one in readings or ()]
        return bool(ages) and all(found is not None and found[0] >= age for found in ages)

    def _names(self, record: Record, subject: str, kind: str | None, to: str | None) -> bool:
        """Whether a consent names the kind of information and the receiver."""
        if to is not None and to not in _receivers(lookup(record.data, self.receivers)):
            return False
        if kind is None or subject in self.own:
            return True
        return kind in _texts(lookup(record.data, self.kinds))

    def _noes(self, record: Record, day: date) -> Iterator[Any]:
        """The days, None where unknown, on which a no may have been said: refused, or taken back.

        A no that two people wrote differently may be one.
        """
        asked = None if disputes.of(record, self.asked) else lookup(record.data, self.asked)
        refused = lookup(record.data, self.answer) == self.refused
        maybe = refused or disputes.of(record, self.answer) or self._worthless(record)
        if maybe and _begun(asked, day):
            yield asked
        withdrawn = lookup(record.data, self.withdrawn)
        if disputes.of(record, self.withdrawn):
            yield None
        elif not _nothing(withdrawn) and _begun(withdrawn, day):
            yield withdrawn

    def _means(self, record: Record, subject: str, kind: str | None, to: str | None) -> bool:
        """Whether a no may be one to this; one that names nobody, or nothing, is a no to all."""
        names, kinds = lookup(record.data, self.receivers), lookup(record.data, self.kinds)
        to_all = bool(disputes.of(record, self.receivers)) or not _all_texts(names)
        of_all = bool(disputes.of(record, self.kinds)) or not _all_texts(kinds)
        return (to is None or to_all or to in _receivers(names)) and (
            kind is None or subject in self.own or of_all or kind in _texts(kinds)
        )

    def _worthless(self, record: Record) -> bool:
        return any(
            all(lookup(record.data, path) == found for path, found in one.items())
            for one in self.unless
        )

    def _basis(self) -> Iterator[str]:
        """Every field that a judgement rests on."""
        yield from (self.asked, self.answer, self.withdrawn, self.until, self.receivers)
        yield from (self.kinds, self.subject)
        yield from (path for one in self.unless for path in one)
        if self.outgrown is not None:
            yield self.outgrown[2][0]


def read(data: Mapping[str, Any], record: Field) -> Sharing:
    """Read ``sharing`` of ``forms.yaml``, checked against the record type that it names.

    Raises FormsError, naming the key, where the data fits no schema.
    """
    where = "forms.yaml, sharing"
    extra = sorted(set(data) - _KEYS)
    if extra:
        raise FormsError(f"{where}: unknown key {extra[0]}")
    try:
        return _read(data, record, where)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise FormsError(f"{where}: something is missing, or is not what it should be") from None


def _read(data: Mapping[str, Any], record: Field, where: str) -> Sharing:
    paths = {name: data[name] for name in ("asked", "withdrawn", "until", "with", "kinds")}
    paths |= {"answer": data["answer"]["field"], "subject": data["subject"]["field"]}
    unless = tuple(data.get("unless") or ())
    for path in [*paths.values(), *(path for one in unless for path in one)]:
        if record.at(path) is None:
            raise FormsError(f"{where}: {record.record} has no field {path}")
    kinds = frozenset(_field(record, paths["kinds"]).values)
    answers = _field(record, paths["answer"]).values
    subjects = _field(record, paths["subject"]).values
    named = data["subject"]["covers"]
    covers = {subject: _covered(listed, kinds, where) for subject, listed in named.items()}
    given, refused = data["answer"]["given"], data["answer"]["refused"]
    photo = data["photo"]
    known = {given, refused} <= set(answers) and {*covers, photo["subject"]} <= set(subjects)
    if not known or photo["kind"] not in kinds:
        raise FormsError(f"{where}: a value that its field does not have")
    # A subject of one kind says by itself what it is about.
    own = frozenset(subject for subject, listed in named.items() if isinstance(listed, list))
    return Sharing(
        record.record,
        paths["asked"],
        paths["answer"],
        given,
        refused,
        paths["withdrawn"],
        paths["until"],
        paths["with"],
        paths["kinds"],
        paths["subject"],
        covers,
        own,
        unless,
        (photo["subject"], photo["kind"], photo["purpose"]),
        _outgrown(record, data["outgrown"], where) if data.get("outgrown") else None,
        tuple((one["record"], one["field"], one["value"]) for one in data.get("ended") or ()),
        frozenset(data.get("unsigned") or ()),
    )


def _outgrown(
    record: Field, data: Mapping[str, Any], where: str
) -> tuple[int, tuple[str, str], tuple[str, frozenset[str]]]:
    """The age from which somebody else's answer counts for nothing, checked."""
    kind, _, path = data["born"].partition(".")
    ((field, values),) = data["of"].items()
    if type(data["age"]) is not int or not path or record.at(field) is None:
        raise FormsError(f"{where}: outgrown takes an age, a birth and a field with its values")
    if not set(values) <= set(_field(record, field).values):
        raise FormsError(f"{where}: a value that its field does not have")
    return data["age"], (kind, path), (field, frozenset(values))


def _field(record: Field, path: str) -> Field:
    found = record.at(path)
    assert found is not None
    return found


def _covered(named: Any, kinds: frozenset[str], where: str) -> frozenset[str]:
    """The kinds that a subject covers: a list of them, or all but those of a list."""
    listed = named["all-but"] if isinstance(named, Mapping) else named
    if not isinstance(listed, list) or not set(listed) <= kinds:
        raise FormsError(f"{where}: a kind of information that no consent can name")
    return kinds - set(listed) if isinstance(named, Mapping) else frozenset(listed)


def _begun(found: Any, day: date) -> bool:
    """Whether what a partial date says may have happened by a day; what is no date may have."""
    days = dates.interval(found)
    return days is None or days.earliest <= day


def _nothing(found: Any) -> bool:
    """Whether a field says that there is none: nobody wrote it, or it does not apply."""
    return found is None or (is_unknown(found) and found["unknown"] == _NONE)


def _texts(found: Any) -> Sequence[str]:
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def _all_texts(found: Any) -> bool:
    """Whether a list names something, and nothing in it is unknown."""
    return isinstance(found, list) and 0 < len(found) == len(_texts(found))


def _receivers(found: Any) -> set[str]:
    return {_name(text) for text in _texts(found)} - {""}


def _name(text: str) -> str:
    """A name as it is compared: blanks, case and ways to write one letter do not matter."""
    shown = unicodedata.normalize("NFKC", clean(text)).replace("\u200b", "")
    return " ".join(shown.split()).casefold()
