"""Whether a record has the shape of its type: as a draft, or complete.

A draft needs right types; a stage can be left only with what is ``required`` too. Validators are
compiled once for each type. Findings are told by the kind of fault (see ``faults``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tipcase.law import faults
from tipcase.law.dates import is_partial_date
from tipcase.law.edition import RecordType
from tipcase.law.findings import Finding, Text
from tipcase.law.schema import Schema, draft

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

# A name that a schema could have; anything else in its place may be something a person wrote.
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_CACHED_VALIDATORS = 128
_NESTED_UNKNOWN = {"additionalProperties", "unevaluatedProperties"}


def validator(record_type: RecordType, *, complete: bool) -> Draft202012Validator:
    """The compiled validator of a type; ``ValueError`` if its schema is none."""
    known = record_type.validators
    if complete not in known:
        known[complete] = _compiled(record_type, complete)
    return known[complete]


def _compiled(record_type: RecordType, complete: bool) -> Draft202012Validator:
    schema: Schema = {k: v for k, v in record_type.schema.items() if k != "examples"}
    return _built(json.dumps(schema if complete else draft(schema)))


# Whoever looks at an office's edition builds most types of the shipped one a second time.
@lru_cache(maxsize=_CACHED_VALIDATORS)
def _built(schema: str) -> Draft202012Validator:
    # 10 ms to import: commands that validate nothing must not pay for it.
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(
        json.loads(schema),
        formats={"partial-date": is_partial_date},
        validate_formats=True,
        offline=True,
    )


def validate(
    record_type: RecordType,
    data: dict[str, Any],
    *,
    complete: bool,
    case: str = "",
    record: str = "",
) -> tuple[Finding, ...]:
    """Every fault of a record's typed plain ``data``, in the order of the schema's fields.

    ``record`` is the name for the findings, the type's own if left out. All of them block.
    """
    checker = validator(record_type, complete=complete)
    if checker.is_valid(data):
        return ()
    name = record or record_type.name
    found = {
        finding: None
        for error in checker.iter_errors(data)
        for finding in _findings(record_type, error, case, name)
    }
    order = {field.path: index for index, field in enumerate(record_type.fields)}
    return tuple(sorted(found, key=lambda finding: _place(order, record_type, finding)))


def _place(
    order: dict[str, int], record_type: RecordType, finding: Finding
) -> tuple[int, str, str, str]:
    field = record_type.field(finding.field)
    index = order[field.path] if field else len(order)
    return index, finding.field, finding.rule, finding.message.en


def _findings(
    record_type: RecordType, error: ValidationError, case: str, record: str
) -> Iterator[Finding]:
    keyword, detail = error.kind.name, _detail(error)
    path = [str(part) for part in error.instance_path]
    if keyword in _NESTED_UNKNOWN:
        for name in sorted(detail.get("unexpected", [])):
            yield _unknown_field(record_type, path, name, case, record)
        return
    if keyword == "required":
        path.append(str(detail.get("property", "")))
    shown = _shown(path)
    field = record_type.field(shown)
    fault = faults.of(keyword, detail, field.kind if field else "")
    yield Finding(
        case=case,
        record=record,
        field=shown,
        provision=field.provisions[0] if field and field.provisions else "",
        severity="blocks",
        message=faults.labelled(field.label if field else Text(""), fault),
        rule=keyword,
    )


def _detail(error: ValidationError) -> dict[str, Any]:
    # What the kind carries are the schema's own words (limits, options) and, for unexpected
    # properties, their names; the instance stands elsewhere and is never looked at.
    return error.kind.as_dict()


def _shown(path: Sequence[str]) -> str:
    parts: list[str] = []
    for part in path:
        if not (part.isascii() and part.isdigit()) and not _FIELD_NAME.fullmatch(part):
            break
        parts.append(part)
    return ".".join(parts)


def _unknown_field(
    record_type: RecordType, path: Sequence[str], name: str, case: str, record: str
) -> Finding:
    inside = _shown(path)
    quotable = _FIELD_NAME.fullmatch(name) is not None
    where = (f"{inside}.{name}" if inside else name) if quotable else inside
    return Finding(
        case=case,
        record=record,
        field=where,
        provision="",
        severity="blocks",
        message=faults.UNKNOWN_FIELD if quotable else faults.UNNAMED_FIELD,
        rule="additionalProperties",
        hint=_meant(record_type, inside, name, record) if quotable else Text(""),
    )


def _taken_out(record: str, field: str) -> Text:
    # An edition can have dropped a field that a record still holds.
    typed = f"tipcase set CASE {record} --clear {field}"
    return Text(
        f"leave it out; from a record that holds it, it is taken with: {typed}",
        f"សូមដកចេញ បើកំណត់ត្រាមានវារួចហើយ ដកចេញដោយ៖ {typed}",
    )


def _meant(record_type: RecordType, inside: str, name: str, record: str) -> Text:
    # Only faulty records get here; difflib costs 2 ms to import.
    from difflib import get_close_matches

    prefix = record_type.general(inside) + "." if inside else ""
    names = [
        field.path[len(prefix) :]
        for field in record_type.fields
        if field.path.startswith(prefix) and "." not in field.path[len(prefix) :]
    ]
    close = get_close_matches(name, names, 1)
    if not close:
        return _taken_out(record, f"{inside}.{name}" if inside else name)
    return Text(f"did you mean {close[0]}?", f"តើចង់និយាយថា {close[0]} ឬ?")
