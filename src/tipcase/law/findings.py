"""What was found in a case: values, all of them reported, never raised one at a time.

A finding names the kind of fault, the record and the field. It never carries what a record says,
so findings may be printed, logged and sent in JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["blocks", "advises"]


@dataclass(frozen=True)
class Text:
    """One sentence in English and Khmer; ``km`` may be empty where no Khmer stands yet."""

    en: str
    km: str = ""

    @classmethod
    def of(cls, data: object) -> Text:
        """Read ``{en: …, km: …}`` or a plain English string out of an edition."""
        if isinstance(data, dict):
            return cls(str(data.get("en", "")), str(data.get("km", "")))
        return cls(str(data) if isinstance(data, str) else "")

    def get(self, lang: str) -> str:
        """The wording in ``en``, ``km`` or ``both`` (Khmer first); English where Khmer lacks."""
        if lang == "both" and self.km and self.km != self.en:
            return f"{self.km} / {self.en}"
        return self.km if lang == "km" and self.km else self.en

    def as_json(self) -> dict[str, str]:
        """Both wordings."""
        return {"en": self.en, "km": self.km}

    def __str__(self) -> str:
        """The English wording."""
        return self.en


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, missing or advised against.

    ``record`` is ``identification`` or ``follow-up/k3f9m2xq`` (or the bare type where no record
    exists yet), ``field`` a dotted path ("" for the whole record), ``rule`` the id of the gate or
    the kind of the schema fault, by which an override names what it overrides.
    """

    case: str
    record: str
    field: str
    provision: str
    severity: Severity
    message: Text
    rule: str
    hint: Text = Text("")

    @property
    def blocks(self) -> bool:
        """Whether a stage may not be left while this holds."""
        return self.severity == "blocks"

    def advising(self) -> Finding:
        """The same finding, as advice."""
        return replace(self, severity="advises")

    def as_json(self, lang: str = "en") -> dict[str, str]:
        """The six keys that scripts rely on."""
        return {
            "case": self.case,
            "record": self.record,
            "field": self.field,
            "provision": self.provision,
            "severity": self.severity,
            "message": self.message.get(lang),
        }


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Only those that block."""
    return tuple(finding for finding in findings if finding.blocks)
