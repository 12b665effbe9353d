"""The law as data: editions, findings, gates and readiness; pure functions of records and a date.

Nothing here reads a clock, an environment or a file outside ``load``, and nothing prints. The names
below are imported when first used, so that ``from tipcase import law`` costs nothing. The question
whether a case can be closed is ``tipcase.law.readiness.readiness``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # What type checkers see; at run time ``__getattr__`` brings the same names.
    from tipcase.law.dossier import Disputed, Dossier, Record
    from tipcase.law.edition import Edition, EditionError, Phase, RecordType, Stage, load
    from tipcase.law.findings import Finding, Severity, Text, blocking
    from tipcase.law.gates import advance_findings, check, check_provider, next_stage
    from tipcase.law.provisions import carriers
    from tipcase.law.readiness import Readiness
    from tipcase.law.scalars import type_values
    from tipcase.law.schema import Field
    from tipcase.law.validation import validate

_HOMES = {
    "Disputed": "dossier",
    "Dossier": "dossier",
    "Record": "dossier",
    "Edition": "edition",
    "EditionError": "edition",
    "Phase": "edition",
    "RecordType": "edition",
    "Stage": "edition",
    "load": "edition",
    "Finding": "findings",
    "Severity": "findings",
    "Text": "findings",
    "blocking": "findings",
    "advance_findings": "gates",
    "check": "gates",
    "check_provider": "gates",
    "next_stage": "gates",
    "carriers": "provisions",
    "Readiness": "readiness",
    "type_values": "scalars",
    "Field": "schema",
    "validate": "validation",
}

__all__ = [
    "Disputed",
    "Dossier",
    "Edition",
    "EditionError",
    "Field",
    "Finding",
    "Phase",
    "Readiness",
    "Record",
    "RecordType",
    "Severity",
    "Stage",
    "Text",
    "advance_findings",
    "blocking",
    "carriers",
    "check",
    "check_provider",
    "load",
    "next_stage",
    "type_values",
    "validate",
]


def __getattr__(name: str) -> Any:
    """Bring a public name from the module that has it."""
    if name in _HOMES:
        return getattr(import_module(f"tipcase.law.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
