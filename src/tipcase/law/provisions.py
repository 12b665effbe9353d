"""What carries each provision of the sources: computed, never kept by hand where it can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tipcase.law.edition import Edition
from tipcase.law.findings import Text
from tipcase.law.source import mapping, text_list

Carrier = tuple[str, str]
OUTSIDE = "outside"


def carriers(edition: Edition) -> list[dict[str, Any]]:
    """Every provision of the edition in order: ``id``, ``carried_by``, ``reason`` if outside.

    ``carried_by`` is a list of ``{kind, ref}``: fields by their record type and path, rules and
    closure duties by id, forms by code, the command ``due`` where a deadline cites it, and what
    ``provisions.yaml`` itself names (other commands). Where nothing carries it yet, it is empty.
    """
    carried: dict[str, dict[Carrier, None]] = {}
    for provision, carrier in _found(edition):
        carried.setdefault(provision, {})[carrier] = None
    return [_row(entry, carried.get(str(entry["id"]), {})) for entry in edition.provisions]


def uncited(edition: Edition) -> tuple[str, ...]:
    """Provisions that something cites and ``provisions.yaml`` does not list."""
    listed = {str(entry["id"]) for entry in edition.provisions}
    return tuple(sorted({provision for provision, _ in _found(edition)} - listed))


def heading(edition: Edition, provision: str) -> Text:
    """The heading of a provision; empty where the edition gives none."""
    found = (entry for entry in edition.provisions if str(entry["id"]) == provision)
    return Text.of(next(found, {}).get("heading"))


def coverage(edition: Edition) -> dict[str, Any]:
    """How many provisions are carried, by what kind of carrier, outside of any file, or by nothing.

    Each provision counts once in each kind. What is only named ``outside`` is not carried.
    """
    rows = [
        {item["kind"] for item in row["carried_by"]} | ({OUTSIDE} if row.get("reason") else set())
        for row in carriers(edition)
    ]
    kinds = sorted({kind for row in rows for kind in row} - {OUTSIDE})
    carried = sum(bool(row - {OUTSIDE}) for row in rows)
    outside = sum(row == {OUTSIDE} for row in rows)
    return {
        "provisions": len(rows),
        "carried": carried,
        "outside": outside,
        "uncarried": len(rows) - carried - outside,
        "by": {kind: sum(kind in row for row in rows) for kind in kinds},
    }


def about(edition: Edition, kind: str, ref: str) -> dict[str, Any]:
    """What there is to say of one carrier, such as the gate and message of a rule.

    Empty for what the edition says nothing of, such as a command.
    """
    find = _ABOUT.get(kind)
    return find(edition, ref) if find is not None else {}


def _about_field(edition: Edition, ref: str) -> dict[str, Any]:
    name, _, path = ref.partition(".")
    if name not in edition.all_types:
        return {}
    record_type = edition.record_type(name)
    field = record_type.field(path)
    label = field.label if field is not None else Text("")
    return {
        "label": label.as_json(),
        "record_type": name,
        "record_label": record_type.label.as_json(),
    }


def _about_rule(edition: Edition, ref: str) -> dict[str, Any]:
    for rule in edition.rules:
        if rule.id == ref:
            gate = f"{rule.gate} {rule.stage}" if rule.stage else rule.gate
            return {"severity": rule.severity, "at": gate, "message": rule.message.as_json()}
    for duty in edition.closure.duties:
        if duty.id == ref:
            return {"severity": duty.severity, "at": "closing", "message": duty.message.as_json()}
    return {}


def _about_form(edition: Edition, ref: str) -> dict[str, Any]:
    title = mapping(dict(_entries(edition)).get(ref)).get("title")
    return {"title": Text.of(title).as_json()}


_ABOUT: Mapping[str, Callable[[Edition, str], dict[str, Any]]] = {
    "field": _about_field,
    "provider": _about_field,
    "rule": _about_rule,
    "form": _about_form,
}


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
        row["reason"] = Text.of(entry["reason"]).en
    return row


def _found(edition: Edition) -> Iterator[tuple[str, Carrier]]:
    for name in edition.all_types:
        record_type = edition.record_type(name)
        kind = "provider" if record_type.of_provider else "field"
        for field in record_type.fields:
            for provision in field.provisions:
                yield provision, (kind, f"{name}.{field.path}")
    for rule in edition.rules:
        for provision in rule.provisions:
            yield provision, ("rule", rule.id)
    for criterion in edition.closure.criteria:
        yield criterion.provision, ("command", "readiness")
    for duty in edition.closure.duties:
        for provision in duty.provisions:
            yield provision, ("rule", duty.id)
    for deadline in edition.schedule.deadlines:
        for provision in deadline.provisions:
            yield provision, ("command", "due")
    yield from _forms(edition)


def _forms(edition: Edition) -> Iterator[tuple[str, Carrier]]:
    forms = dict(_entries(edition))
    for code, form in forms.items():
        # A form that is like another has all lines that it does not give itself.
        other = forms.get(str(form.get("like")), {}) if isinstance(form, dict) else {}
        for provision in _cited({**other, **form} if other else form):
            yield provision, ("form", code)


def _entries(edition: Edition) -> Iterator[tuple[str, Any]]:
    forms = edition.forms_data.get("forms")
    if isinstance(forms, dict):
        yield from ((str(code), form) for code, form in forms.items())
    else:
        yield from _by_code(forms)


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
