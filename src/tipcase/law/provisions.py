"""What carries each provision of the sources: computed, never kept by hand where it can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tipcase.law.edition import Edition
from tipcase.law.source import text_list

Carrier = tuple[str, str]


def carriers(edition: Edition) -> list[dict[str, Any]]:
    """Every provision of the edition in order: ``id``, ``carried_by``, ``reason`` if outside.

    ``carried_by`` is a list of ``{kind, ref}``: fields by their record type and path, rules and
    closure duties by id, forms by code, and what ``provisions.yaml`` itself names (commands, …).
    It is empty where nothing carries a provision yet.
    """
    carried: dict[str, dict[Carrier, None]] = {}
    for provision, carrier in _found(edition):
        carried.setdefault(provision, {})[carrier] = None
    return [_row(entry, carried.get(str(entry["id"]), {})) for entry in edition.provisions]


def uncited(edition: Edition) -> tuple[str, ...]:
    """Provisions that something cites and ``provisions.yaml`` does not list."""
    listed = {str(entry["id"]) for entry in edition.provisions}
    return tuple(sorted({provision for provision, _ in _found(edition)} - listed))


def _row(entry: dict[str, Any], derived: dict[Carrier, None]) -> dict[str, Any]:
    own = [
        (str(item.get("kind", "")), str(item.get("ref", "")))
        for item in entry.get("carried_by") or []
        if isinstance(item, dict)
    ]
    both = dict.fromkeys([*derived, *own])
    row: dict[str, Any] = {
        "id": str(entry["id"]),
        "carried_by": [{"kind": kind, "ref": ref} for kind, ref in both],
    }
    if entry.get("reason"):
        row["reason"] = entry["reason"]
    return row


def _found(edition: Edition) -> Iterator[tuple[str, Carrier]]:
    for name in edition.record_types:
        for field in edition.record_type(name).fields:
            for provision in field.provisions:
                yield provision, ("field", f"{name}.{field.path}")
    for rule in edition.rules:
        for provision in rule.provisions:
            yield provision, ("rule", rule.id)
    for criterion in edition.closure.criteria:
        yield criterion.provision, ("command", "readiness")
    for duty in edition.closure.duties:
        for provision in duty.provisions:
            yield provision, ("rule", duty.id)
    yield from _forms(edition)


def _forms(edition: Edition) -> Iterator[tuple[str, Carrier]]:
    forms = edition.forms_data.get("forms")
    entries = forms.items() if isinstance(forms, dict) else _by_code(forms)
    for code, form in entries:
        for provision in _cited(form):
            yield provision, ("form", str(code))


def _by_code(forms: Any) -> Iterator[tuple[str, Any]]:
    for form in forms if isinstance(forms, list) else []:
        if isinstance(form, dict):
            yield str(form.get("code", "")), form


def _cited(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from text_list(node.get("provisions", []))
        for value in node.values():
            yield from _cited(value)
    elif isinstance(node, list):
        for value in node:
            yield from _cited(value)
