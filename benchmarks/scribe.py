"""Writes whole cases at once, as the commands would have left them, for casebooks made to measure.

The bytes are those of tipcase: its records, wraps and signed entries, one entry a record. What is
spared is what only matters to people who could lose them: nothing is synced to the disk, nothing is
folded before each write, no gate is asked. ``tipcase verify`` finds nothing to say of the result.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from benchmarks.somebody import Event
from tipcase.casebook import record as records
from tipcase.casebook import wraps
from tipcase.casebook.book import Book
from tipcase.casebook.change import case_yaml
from tipcase.casebook.naming import new_case_id, new_tag, record_file, record_name
from tipcase.casebook.record import Header
from tipcase.casebook.revision import recipients
from tipcase.journal.entry import Entry, FileVersion, sign
from tipcase.journal.names import RECOVERY
from tipcase.keyring.person import Person
from tipcase.reports.facts import FactsDefinition

_KHMER = (
    "នាងចង់រៀនកាត់ដេរ ហើយចង់បើកហាងតូចមួយ។",
    "បានជួបនៅផ្សារ គ្មានអ្នកណារំខានទេ។",
    "សុខភាពល្អប្រសើរជាងមុន គេងលក់ស្រួល។",
    "ត្រូវការអង្ករ សម្ភារៈសាលារៀន និងកង់មួយ។",
    "គ្រួសារស្វាគមន៍ ហើយផ្ទះមានសុវត្ថិភាព។",
    "គាត់សុំឱ្យទូរស័ព្ទទៅនៅពេលល្ងាច។",
    "មិនទាន់ចង់និយាយអំពីរឿងដែលបានកើតឡើងទេ។",
    "ការងារថ្មីនៅក្នុងភូមិដំណើរការល្អ។",
)
# The types whose records are filled in as far as their example is, and what of it is not copied:
# what stands in other cases or is told in the events alone.
_FULL = (
    "profile",
    "identification",
    "placement",
    "service",
    "health",
    "assessment",
    "reintegration",
)
_TOLD_APART = frozenset(
    {"happened_on", "birth", "linked_cases", "office_number", "visits_agreed", "criteria", "scores"}
)
# How many sentences somebody adds to a text at the most: many where a record has few texts.
_FEW, _LONG, _SHORT = 3, 25, 5


class Scribe:
    """One person who writes cases into a book, as a device of their own."""

    def __init__(self, book: Book, person: Person) -> None:
        self.book, self.person = book, person
        self._device, self._seq = new_tag(), 0
        self._previous: str | None = None
        self._staff = book.roster.heads
        self._framework = str(book.config.get("framework"))

    def write(self, events: Sequence[Event], case: str | None = None) -> str:
        """A case of which these events are told; its id."""
        case = case or new_case_id()
        sheet = _Sheet(self, case)
        for event in events:
            getattr(self, f"_{event['what']}")(sheet, event)
        sheet.save()
        return case

    # -- an event each --

    def _opened(self, sheet: _Sheet, event: Event) -> None:
        staff = self.book.roster.now
        team = {h: True for h, m in staff.items() if "supervisor" in m.roles}
        team |= {self.person.handle: True, RECOVERY: True}
        keys = wraps.make(self.book.config.keys, team, recipients(self.book, staff))
        first = self.book.edition.stages[0].name
        sheet.keys = keys
        sheet.contents |= {**keys.files, "case.yaml": case_yaml(sheet.case)}
        generation = keys.generation
        data = {
            "opened": event["day"],
            **self._stage(first),
            "team": [{"handle": h, "restricted": r} for h, r in sorted(team.items())],
            "generation": {
                "name": generation.name,
                "ordinary": generation.ordinary,
                "restricted": generation.restricted,
            },
            "wraps": list(keys.wraps),
        }
        self._sign(sheet, event, "new", data)

    def _put(self, sheet: _Sheet, event: Event) -> None:
        _, version = sheet.add(event["record"], event["says"])
        self._sign(sheet, event, "put", {}, version)

    def _advance(self, sheet: _Sheet, event: Event) -> None:
        data = {"from": event["from"], **self._stage(event["stage"]), "complete": True}
        self._sign(sheet, event, "advance", {**data, "decision": None})

    def _close(self, sheet: _Sheet, event: Event) -> None:
        says = {"happened_on": event["day"], "outcome": event["outcome"]}
        name, closure = sheet.add("closure", says)
        says = {"happened_on": event["day"], "kind": "close", "closure_record": name}
        _, decision = sheet.add("decision", says)
        data = {"decision": decision.sha256, "confirm": False}
        self._sign(sheet, event, "close", data, closure, decision)

    def _reopen(self, sheet: _Sheet, event: Event) -> None:
        says = {"happened_on": event["day"], "kind": "reopen", "reopen_cause": event["cause"]}
        _, decision = sheet.add("decision", says)
        data = {**self._stage(event["stage"]), "decision": decision.sha256}
        self._sign(sheet, event, "reopen", data, decision)

    def _stage(self, name: str) -> dict[str, Any]:
        edition = self.book.edition
        return {
            "stage": name,
            "number": edition.position(name) + 1,
            "phase": edition.phase_of(name, self._framework),
        }

    def _sign(
        self, sheet: _Sheet, event: Event, op: str, data: Mapping[str, Any], *new: FileVersion
    ) -> None:
        """The next entry of this device, about the case of a sheet."""
        self._seq += 1
        entry = Entry(
            casebook=self.book.id,
            case=sheet.case,
            op=op,
            device=self._device,
            seq=self._seq,
            prev=self._previous,
            parents=sheet.heads,
            staff=tuple(sorted(self._staff)),
            time=sheet.time(event["typed"]),
            signer=self.person.handle,
            files=tuple(sorted(new, key=lambda version: version.path)),
            data=dict(data),
        )
        signed = sign(entry, self.person.signing_key)
        self._previous, sheet.heads = signed.id, (signed.id,)
        sheet.lines.append(signed.line)

    @cached_property
    def texts(self) -> dict[str, dict[str, str]]:
        """The free texts of each record type's own example, as room for what people write."""
        edition = self.book.edition
        return {
            name: {
                key: value
                for key, value in edition.record_type(name).example.items()
                # Names and sums could be counted; what is counted stands in the events alone.
                if (isinstance(value, str) and value.endswith(".")) or key == "written_by"
            }
            for name in edition.record_types
        }

    @cached_property
    def particulars(self) -> dict[str, dict[str, Any]]:
        """What else stands in a record and in no report, as the example of its type has it."""
        facts = FactsDefinition.of(self.book.edition).facts.values()
        counted = {
            (path.record, path.keys[0])
            for fact in facts
            for one in (fact, *fact.fields.values())
            if (path := one.path) is not None and path.keys
        }
        return {
            name: {
                key: value
                for key, value in self.book.edition.record_type(name).example.items()
                if (name, key) not in counted
                and key not in _TOLD_APART
                and not (isinstance(value, dict) and "unknown" in value)
            }
            for name in _FULL
        }


class _Sheet:
    """One case in the making: its files and the lines of its journal."""

    def __init__(self, scribe: Scribe, case: str) -> None:
        self.scribe, self.case = scribe, case
        self.keys: wraps.NewGeneration
        self.contents: dict[str, bytes] = {}
        self.lines: list[bytes] = []
        self.heads: tuple[str, ...] = ()
        self._minute = 0
        self._rng = random.Random(case)  # noqa: S311 - invented texts

    def time(self, day: str) -> str:
        """Mid-morning in Phnom Penh, a minute later at each look."""
        self._minute += 1
        return f"{day}T{2 + self._minute // 60:02d}:{self._minute % 60:02d}:00Z"

    def add(self, record: str, says: Mapping[str, Any]) -> tuple[str, FileVersion]:
        """A sealed record with these fields and, around them, texts: its name and its version."""
        kind = self.scribe.book.edition.record_type(record)
        tag = new_tag() if kind.repeats else None
        path = record_file(record, kind.number, tag)
        header = Header(self.scribe.book.config.edition, self.case, os.urandom(16).hex(), 1)
        to = wraps.RESTRICTED if kind.restricted else wraps.ORDINARY
        sealed = records.seal(
            records.encode(header, self._worded(record, says)), self.keys.generation.recipient(to)
        )
        self.contents[path] = sealed
        digest = hashlib.sha256(sealed).hexdigest()
        return record_name(record, tag), FileVersion(path, digest, (), to)

    def _worded(self, record: str, says: Mapping[str, Any]) -> dict[str, Any]:
        """The fields among the texts of the example, with Khmer sentences behind the prose."""
        texts = self.scribe.texts[record]
        most = _LONG if len(texts) < _FEW else _SHORT
        told = {name: self._told(text, most) for name, text in texts.items()}
        return {**self.scribe.particulars.get(record, {}), **told, **says}

    def _told(self, text: str, most: int) -> str:
        if not text.endswith("."):
            return text  # a name
        return " ".join([text, *self._rng.choices(_KHMER, k=self._rng.randint(1, most))])

    def save(self) -> None:
        """Write everything into the folder of the case."""
        root = self.scribe.book.root / "cases" / self.case
        journal = f"journal/{self.scribe.person.handle}.journal"
        for path, data in {**self.contents, journal: b"".join(self.lines)}.items():
            target = os.path.join(root, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as stream:
                stream.write(data)
