"""From a record type's file to the schema in force: self-contained, with the honest unknown.

No survivor may be made to answer (857/7.6.6, 857/7.7.3), so every field but ``id`` also takes
``{unknown: not-asked | declined | not-known | not-applicable, why: …}``. The files stay what a YAML
language server reads; the alternative is added here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tipcase.law.findings import Text
from tipcase.law.source import mapping, text_list

UNKNOWN_REASONS = ("not-asked", "declined", "not-known", "not-applicable")
UNKNOWN_DEF: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["unknown"],
    "properties": {
        "unknown": {"enum": list(UNKNOWN_REASONS)},
        "why": {"type": "string", "minLength": 1, "maxLength": 20000},
    },
}
_COMMON_REF = re.compile(r"(?:\.\./|\./)*common\.yaml#/\$defs/([A-Za-z0-9_-]+)")
_LOCAL_REF = "#/$defs/"
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf")
_SCHEMA_VALUES = ("if", "then", "else", "not", "items", "contains")
# Keywords that only a finished record must satisfy.
_COMPLETENESS = ("required", "dependentRequired", "minContains", "minProperties")

Schema = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """One field of a record type, for prompts, forms and docs.

    ``path`` is dotted, ``family_members[].name`` within a list. ``kind`` is the name of the shared
    definition it refers to (``date``, ``phone``, ``yes-no`` …), else ``enum``, ``object``, ``list``
    or the JSON type. ``values`` maps each permitted value to its label, in order; for a list of
    values they are those of the items. ``required`` is what leaving the stage needs.
    """

    path: str
    label: Text
    help: Text
    provisions: tuple[str, ...]
    kind: str
    values: Mapping[str, Text]
    restricted: bool
    required: bool


def is_unknown_branch(node: Mapping[str, Any]) -> bool:
    """Whether ``node`` is a field with the honest unknown added by ``with_unknown``."""
    return "else" in node and node.get("then") == {"$ref": _LOCAL_REF + "unknown"}


def plain_branch(node: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a field's real value: past the honest unknown and past references."""
    for _ in range(16):
        if is_unknown_branch(node):
            node = node["else"]
        ref = node.get("$ref")
        if not isinstance(ref, str) or not ref.startswith(_LOCAL_REF):
            return node
        siblings = {key: value for key, value in node.items() if key != "$ref"}
        node = {**mapping(defs.get(ref[len(_LOCAL_REF) :])), **siblings}
    return {}


def _annotations(node: Mapping[str, Any]) -> Schema:
    return {key: value for key, value in node.items() if key.startswith("x-tipcase-")}


def _field_schema(name: str, node: Any) -> Any:
    inner = _with_unknown(node)
    if name == "id" or not isinstance(inner, dict):
        return inner
    bare = {key: value for key, value in inner.items() if not key.startswith("x-tipcase-")}
    return {
        **_annotations(inner),
        "if": {"type": "object", "required": ["unknown"]},
        "then": {"$ref": _LOCAL_REF + "unknown"},
        "else": bare,
    }


def _with_unknown(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    out: Schema = {}
    for key, value in node.items():
        if key == "properties" and isinstance(value, dict):
            out[key] = {name: _field_schema(name, child) for name, child in value.items()}
        elif key in _SCHEMA_LISTS and isinstance(value, list):
            out[key] = [_with_unknown(child) for child in value]
        elif key == "$ref" and isinstance(value, str):
            found = _COMMON_REF.fullmatch(value)
            out[key] = _LOCAL_REF + found[1] if found else value
        elif key in _SCHEMA_VALUES and key != "if":
            out[key] = _with_unknown(value)
        else:
            out[key] = value
    return out


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif isinstance(value, dict | list) and not key.startswith("x-"):
                yield from _refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _refs(value)


def _needed_defs(schema: Schema, common: Mapping[str, Any]) -> tuple[Schema, tuple[str, ...]]:
    own = {name: _with_unknown(d) for name, d in mapping(schema.get("$defs")).items()}
    available = {**common, **own, "unknown": UNKNOWN_DEF}
    needed: Schema = {"unknown": UNKNOWN_DEF}
    missing: list[str] = []
    queue = [*_refs({k: v for k, v in schema.items() if k not in {"$defs", "examples"}})]
    while queue:
        ref = queue.pop()
        name = ref.removeprefix(_LOCAL_REF)
        if name == ref or name not in available:
            missing.append(ref)
        elif name not in needed:
            needed[name] = available[name]
            queue.extend(_refs(available[name]))
    return dict(sorted(needed.items())), tuple(missing)


def circle(defs: Mapping[str, Any]) -> str:
    """A definition that leads back to itself; nobody could list its fields. "" if there is none."""
    leads = {name: {ref.removeprefix(_LOCAL_REF) for ref in _refs(d)} for name, d in defs.items()}
    while leads:
        ends = [name for name, others in leads.items() if not others & leads.keys()]
        if not ends:
            return min(leads)
        leads = {name: others for name, others in leads.items() if name not in ends}
    return ""


def common_defs(common: Mapping[str, Any]) -> Schema:
    """The shared definitions of ``common.yaml``, with the honest unknown in their fields."""
    return {name: _with_unknown(node) for name, node in mapping(common.get("$defs")).items()}


def loaded(raw: Mapping[str, Any], defs: Mapping[str, Any]) -> tuple[Schema, tuple[str, ...]]:
    """The schema in force for the file ``raw``, and its references that lead nowhere.

    The order of the properties is kept; examples come last.
    """
    examples = raw.get("examples", [])
    bare = {key: value for key, value in raw.items() if key != "examples"}
    schema: Schema = _with_unknown(bare)
    schema.setdefault("$schema", "https://json-schema.org/draft/2020-12/schema")
    schema["$defs"], missing = _needed_defs(schema, defs)
    schema["examples"] = examples
    return schema, missing


def draft(node: Any) -> Any:
    """``node`` without anything that asks for completeness; conditions (``if``) keep theirs."""
    if isinstance(node, list):
        return [draft(child) for child in node]
    if not isinstance(node, dict):
        return node
    out: Schema = {}
    for key, value in node.items():
        if key in {"if", "not", "enum", "const", "examples"} or key.startswith("x-"):
            out[key] = value
        elif key in {"properties", "$defs"}:
            out[key] = {name: draft(child) for name, child in value.items()}
        elif key not in _COMPLETENESS:
            out[key] = draft(value)
    return out


def _kind(node: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    inner = node["else"] if is_unknown_branch(node) else node
    ref = inner.get("$ref")
    if isinstance(ref, str):
        return ref.removeprefix(_LOCAL_REF)
    plain = plain_branch(node, defs)
    if "enum" in plain:
        return "enum"
    kind = plain.get("type")
    names = {"array": "list", "boolean": "yes-no", "string": "line", "integer": "count"}
    return names.get(kind, kind) if isinstance(kind, str) else "text"


def _values(node: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Text]:
    plain = plain_branch(node, defs)
    labels = mapping(node.get("x-tipcase-values") or plain.get("x-tipcase-values"))
    if "items" in plain:
        items = plain_branch(mapping(plain["items"]), defs)
        labels = labels or mapping(items.get("x-tipcase-values"))
        plain = items
    options = plain.get("enum")
    if not isinstance(options, list):
        return {}
    return {str(value): Text.of(labels.get(value, str(value))) for value in options}


def _restricted(node: Mapping[str, Any]) -> bool:
    record = mapping(node.get("x-tipcase-record"))
    return bool(node.get("x-tipcase-restricted") or record.get("restricted"))


def fields(schema: Schema) -> tuple[Field, ...]:
    """Every field of a loaded schema in order, parents before their children."""
    return tuple(_fields(schema, schema["$defs"], "", _restricted(schema)))


def _fields(
    node: Mapping[str, Any], defs: Mapping[str, Any], prefix: str, restricted: bool
) -> Iterator[Field]:
    required = text_list(node.get("required", []))
    for name, child in mapping(node.get("properties")).items():
        secret = restricted or _restricted(child)
        yield Field(
            path=prefix + name,
            label=Text.of(child.get("x-tipcase-label", name.replace("_", " "))),
            help=Text.of(child.get("x-tipcase-help")),
            provisions=text_list(child.get("x-tipcase-provisions")),
            kind=_kind(child, defs),
            values=_values(child, defs),
            restricted=secret,
            required=name in required,
        )
        plain = plain_branch(child, defs)
        yield from _fields(plain, defs, f"{prefix}{name}.", secret)
        items = plain_branch(mapping(plain.get("items")), defs)
        yield from _fields(items, defs, f"{prefix}{name}[].", secret)
