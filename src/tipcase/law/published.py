"""A record type's schema as other programs read it: plain JSON Schema 2020-12.

The schema in force tells a real value from an honest unknown by a condition, so that a fault is
told about the one that was meant. Editors complete values from plain alternatives only, and show
``title`` and ``description``: here every field has both.
"""

from __future__ import annotations

from typing import Any

from tipcase.law.edition import RecordType
from tipcase.law.findings import Text
from tipcase.law.schema import Schema, is_unknown_branch


def published(record_type: RecordType, lang: str) -> Schema:
    """The schema of a record type for editors and stock validators, labelled in ``lang``."""
    found = _published(record_type.schema, lang)
    return {**found, "title": record_type.label.get(lang)}


def _published(node: Any, lang: str) -> Any:
    if isinstance(node, list):
        return [_published(child, lang) for child in node]
    if not isinstance(node, dict):
        return node
    if is_unknown_branch(node):
        own = {key: value for key, value in node.items() if key not in {"if", "then", "else"}}
        either = [_published(node["else"], lang), node["then"]]
        return {**_said(node, lang), **own, "anyOf": either}
    kept = {"examples", "enum", "const", "default"}
    inside = {
        key: value if key in kept or key.startswith("x-") else _published(value, lang)
        for key, value in node.items()
    }
    return {**_said(node, lang), **inside}


def _said(node: Schema, lang: str) -> dict[str, str]:
    said = {"title": "x-tipcase-label", "description": "x-tipcase-help"}
    texts = {key: Text.of(node.get(source)).get(lang) for key, source in said.items()}
    return {key: text for key, text in texts.items() if text}
