"""Sheets of the shipped edition, filled from the invented story that its examples tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tipcase import forms, resources
from tipcase.forms import Document
from tipcase.law import edition as editions
from tipcase.law.dossier import Dossier, Record
from tipcase.law.edition import Edition

DAY = date(2026, 10, 15)
SHIPPED = resources.path("schemas") / "kh-2009"
LANGUAGES = ("en", "km", "both")


@pytest.fixture(scope="session")
def edition() -> Edition:
    """The edition as it is shipped."""
    return editions.load(SHIPPED)


@pytest.fixture
def own_edition(tmp_path: Path) -> Callable[[str], Edition]:
    """The shipped edition with forms of one's own laid over it."""

    def load(forms_yaml: str) -> Edition:
        folder = tmp_path / "own"
        folder.mkdir(exist_ok=True)
        (folder / "forms.yaml").write_text(forms_yaml, "utf-8")
        return editions.load([SHIPPED, folder])

    return load


def dossier(*records: Record) -> Dossier:
    """A case with these records."""
    return Dossier("K7Q2-M9TX", "2026-01-05", "closure", records=records)


def record(kind: str, tag: str | None = None, **data: Any) -> Record:
    """One record; a tag where its type repeats."""
    return Record(kind, tag, data)


@pytest.fixture(scope="session")
def story(edition: Edition) -> Dossier:
    """Every example of every record type, as one case."""
    records = []
    for name in edition.record_types:
        kind = edition.record_type(name)
        for number, example in enumerate(kind.schema["examples"], 2):
            records.append(Record(name, f"exampl{number}a" if kind.repeats else None, example))
    return dossier(*records)


@dataclass(frozen=True)
class Printed:
    """A sheet and its HTML page; what the sheet tells is told by both."""

    document: Document
    html: str

    def __getattr__(self, name: str) -> Any:
        """What the document says: missing, record, withheld, newer …"""
        return getattr(self.document, name)


@pytest.fixture(scope="session")
def fill(edition: Edition) -> Callable[..., Document]:
    """Fill a form of the shipped edition with plain choices."""

    def call(case: Dossier | None, code: str, lang: str = "en", **choices: Any) -> Document:
        return forms.fill(
            choices.pop("edition", edition),
            case,
            code,
            lang=lang,
            as_of=choices.pop("as_of", DAY),
            casebook_name=choices.pop("casebook_name", "Example Shelter"),
            **choices,
        )

    return call


@pytest.fixture
def render(fill: Callable[..., Document]) -> Callable[..., Printed]:
    """Print a form of the shipped edition as HTML, with plain choices."""

    def call(case: Dossier | None, code: str, lang: str = "en", **choices: Any) -> Printed:
        printing = {
            name: choices.pop(name) for name in ("citations", "templates") if name in choices
        }
        document = fill(case, code, lang, **choices)
        return Printed(document, forms.write([document], "html", **printing).decode("utf-8"))

    return call


def said(texts: Mapping[str, str], lang: str) -> list[str]:
    """What must stand on a sheet of a language for words in both."""
    return [texts[code] for code in (("km", "en") if lang == "both" else (lang,))]
